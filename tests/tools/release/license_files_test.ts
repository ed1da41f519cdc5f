/** Which texts a crate has, and how equal texts become one. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Crate } from "../../../tools/release/deno/cargo.ts";
import { renderGroups } from "../../../tools/release/deno/grouped_texts.ts";
import { findLicenseTexts } from "../../../tools/release/deno/license_files.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";

/** A crate with these files. */
async function makeCrate(
  root: string,
  files: Readonly<Record<string, string>>,
  { name = "a", license = "MIT OR Apache-2.0", repository = "" } = {},
): Promise<Crate> {
  const folder = `${root}/${name}`;
  for (const [file, text] of Object.entries({ "Cargo.toml": "", ...files })) {
    const path = `${folder}/${file}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  const rest = { version: "1.0.0", authors: ["Ann"], sha256: "", repository };
  return { name, license, folder, ...rest };
}

Deno.test("of two licenses MIT is chosen, with what the crate contains of others", async () => {
  await using folder = await TemporaryFolder.make("crate");
  const files = {
    "LICENSE-MIT": "mit",
    "LICENSE-APACHE": "apache",
    "NOTICE": "notice",
    "vendor/COPYING": "vendor",
    "tests/LICENSE": "not linked",
    "src/license.rs": "not a license",
  };
  const crate = await makeCrate(folder.path, files);
  const { texts } = await findLicenseTexts(crate, [crate]);
  deepEqual(texts, ["mit", "notice", "vendor"]);
});

Deno.test("both texts stand if the license demands both", async () => {
  await using folder = await TemporaryFolder.make("crate");
  const files = { "LICENSE-MIT": "mit", "LICENSE-APACHE": "apache" };
  const license = "MIT AND Apache-2.0";
  const crate = await makeCrate(folder.path, files, { license });
  const { texts } = await findLicenseTexts(crate, [crate]);
  deepEqual(texts, ["apache", "mit"]);
});

Deno.test("a crate without a file has that of its repository", async () => {
  await using folder = await TemporaryFolder.make("crate");
  const repository = "https://example.com/r";
  const source = { "src/lib.rs": "// Copyright 2020 Bob\n" };
  const crate = await makeCrate(folder.path, source, { repository });
  const options = { name: "b", repository };
  const other = await makeCrate(folder.path, { LICENSE: "theirs" }, options);
  deepEqual(await findLicenseTexts(crate, [crate, other]), {
    texts: ["theirs"],
    holders: ["Copyright 2020 Bob"],
  });
});

Deno.test("else the license's own words, with its authors; an unknown license is an error", async () => {
  await using folder = await TemporaryFolder.make("crate");
  const crate = await makeCrate(folder.path, {}, { license: "MIT" });
  const { texts: [text = ""], holders } = await findLicenseTexts(crate, []);
  equal(/^MIT License\n\nPermission is hereby granted/.test(text), true);
  deepEqual(holders, ["Authors: Ann"]);
  const odd = await makeCrate(folder.path, {}, { license: "Odd-1.0" });
  await rejects(
    findLicenseTexts(odd, []),
    /no text for the license "Odd-1\.0"/,
  );
});

Deno.test("equal texts stand once, below the copyright lines of each crate", () => {
  const words = "Do what you want. The copyright notice stays.\n";
  const of = (crate: string, text: string) => ({ crate, text, holders: [] });
  const rendered = renderGroups([
    of("a 1", `MIT License\n\nCopyright (c) 2020 Ann\n\n${words}`),
    of("b 2", `Copyright 2021 Bob\n${words.replace(" ", "  \n")}`),
    of("c 3", "Other words.\nCopyright [yyyy] [name]\n"),
  ]);
  const line = "-".repeat(79);
  equal(
    rendered,
    [
      ...[line, "a 1", "  Copyright (c) 2020 Ann", "b 2"],
      ...["  Copyright 2021 Bob", line, "", "MIT License", ""],
      ...["Do what you want. The copyright notice stays.", "", line, "c 3"],
      ...[line, "", "Other words.", "Copyright [yyyy] [name]", ""],
    ].join("\n"),
  );
});
