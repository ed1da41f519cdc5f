/**
 * The committed list of Deno's crates and their notices: of the Deno that is
 * pinned, whole, and with the texts that must not be missing. A change of Deno's
 * version fails here until tools/release/deno/update.ts was run.
 */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { DENO_VERSION } from "../../../tools/base/deno_executables.ts";
import { NOTICES, readCrates } from "../../../tools/release/deno/crates.ts";
import { renderSbom } from "../../../tools/release/sbom.ts";

const LINE = "-".repeat(79);

/** The crates above each text. */
async function readHeads(): Promise<Set<string>> {
  const parts = (await Deno.readTextFile(NOTICES)).split(`${LINE}\n`);
  const heads = parts.flatMap((part, index) => index % 2 === 1 ? part : []);
  return new Set(heads.flatMap((head) => head.split("\n")));
}

Deno.test("crates.tsv is of the Deno that is built in, and of no other", async () => {
  equal(DENO_VERSION, Deno.version.deno);
  const crates = await readCrates(DENO_VERSION);
  ok(crates.length > 500);
  ok(crates.some(({ name }) => name === "v8"));
  await rejects(readCrates("2.9.7"), /crates.tsv is of .*update\.ts/);
});

Deno.test("every crate has a license text", async () => {
  const crates = await readCrates(DENO_VERSION);
  const heads = await readHeads();
  const missing = crates.filter(({ name, version }) =>
    !heads.has(`${name} ${version}`)
  );
  deepEqual(missing, []);
  // Control: a crate that Deno does not have is not found by accident.
  equal(heads.has("openssl-sys 0.9.0"), false);
});

Deno.test("every crate but Deno itself has the hash of Deno's lock file", async () => {
  const crates = await readCrates(DENO_VERSION);
  const without = crates.filter(({ sha256 = "" }) =>
    !/^[0-9a-f]{64}$/.test(sha256)
  );
  deepEqual(without.map(({ name }) => name), ["deno"]);
});

Deno.test("the texts of what the crates contain are there", async () => {
  const text = await Deno.readTextFile(NOTICES);
  for (
    const part of [
      /^V8$/m,
      /^ICU \d+$/m,
      /^ {2}Copyright © 2016-\d{4} Unicode, Inc\.$/m,
      /^BoringSSL$/m,
      /^AWS Libcrypto \(AWS-LC\)$/m,
      /^TypeScript\n {2}Copyright \(c\) Microsoft Corporation$/m,
      /^Rust's standard library\n/m,
      /^ {2}.*Copyright Joyent, Inc\. and other Node contributors\./m,
      /^Mozilla Public License Version 2\.0$/m,
      /Academic Free License/,
    ]
  ) match(text, part);
});

Deno.test("a bill of materials has licenses with a choice as an expression, and hashes", () => {
  const sha256 = "a".repeat(64);
  const subject = {
    name: "n",
    version: "1",
    license: "Apache-2.0",
    sha256,
    date: new Date(0),
  };
  const part = (name: string, license: string) => ({
    name,
    version: "1.0.0",
    purl: `pkg:cargo/${name}@1.0.0`,
    license,
    sha256,
  });
  const { components } = JSON.parse(
    renderSbom(subject, [part("a", "MIT"), part("b", "MIT OR Apache-2.0")]),
  );
  deepEqual(
    components.map(({ licenses }: { licenses: unknown }) => licenses),
    [[{ license: { id: "MIT" } }], [{ expression: "MIT OR Apache-2.0" }]],
  );
  deepEqual(components[0].hashes, [{ alg: "SHA-256", content: sha256 }]);
});
