/**
 * `deno run -A tools/release/deno/update.ts`: writes crates.tsv and crates.txt,
 * which crates the pinned version of Deno contains and their notices. Needs
 * cargo and its registry; a release needs neither, as both files are committed.
 */
import { DENO_VERSION } from "../../base/deno_executables.ts";
import { runMain, say, step } from "../../progress.ts";
import { TemporaryFolder } from "../../temporary_folder.ts";
import { listCrates } from "./cargo.ts";
import { type Licensed, renderGroups } from "./grouped_texts.ts";
import { findLicenseTexts, standardText } from "./license_files.ts";
import { NOTICES, renderTable, TABLE } from "./crates.ts";

/** What the executable contains besides crates. */
const OTHERS = [
  ["Rust's standard library", "MIT", "The Rust Project Contributors"],
  ["TypeScript", "Apache-2.0", "Microsoft Corporation"],
] as const;

async function update(): Promise<void> {
  await using folder = await TemporaryFolder.make("deno");
  const crates = await step(
    "fetching Deno's crates",
    () => listCrates(folder.path),
  );
  const licensed: Licensed[] = await Promise.all(
    OTHERS.map(async ([crate, license, holder]) => ({
      crate,
      text: await standardText(license),
      holders: [`Copyright (c) ${holder}`],
    })),
  );
  for (const crate of crates) {
    const { texts, holders } = await findLicenseTexts(crate, crates);
    const name = `${crate.name} ${crate.version}`;
    // The standard text comes first, and only it may lack its copyright lines.
    texts.forEach((text, index) =>
      licensed.push({
        crate: name,
        text,
        holders: index === 0 ? holders : [],
      })
    );
  }
  await Deno.writeTextFile(TABLE, renderTable(DENO_VERSION, crates));
  await Deno.writeTextFile(NOTICES, renderGroups(licensed));
  say(`${crates.length} crates of deno ${DENO_VERSION}`);
}

if (import.meta.main) await runMain("update", update);
