/**
 * One contract in three places: the prototypes of `c/ct.h`, the table of
 * `ffi/symbols.ts` (with the prototype above each row) and what the library
 * exports. They must say the same.
 */
import assert from "node:assert/strict";
import { SYMBOLS } from "../../ffi/symbols.ts";
import { abi } from "@ffi";
import { buildShim } from "../../tools/build/shim.ts";

const header = await Deno.readTextFile(
  new URL("../../c/ct.h", import.meta.url),
);
const table = await Deno.readTextFile(
  new URL("../../ffi/symbols.ts", import.meta.url),
);

/** Prototypes by function name, on one line each. */
function parsePrototypes(text: string, line: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, prototype = ""] of text.matchAll(line)) {
    const name = /(ct_\w+)\(/.exec(prototype)?.[1] ?? "";
    found.set(name, prototype.replaceAll(/\s+/g, " ").trim());
  }
  return found;
}

const prototypes = parsePrototypes(header, /^CT_API ([^;]+;)/gm);

/** The FFI type of a C parameter; memory may be ours or C's. */
function expectedTypes(parameter: string): readonly string[] {
  if (parameter === "void") return [];
  if (/[*[]/.test(parameter)) return ["buffer", "pointer"];
  const type = /^(u?)int(\d+)_t /.exec(parameter);
  assert.ok(type, `no fixed width type: ${parameter}`);
  return [`${type[1] === "u" ? "u" : "i"}${type[2]}`];
}

Deno.test("every prototype of ct.h is above its row in symbols.ts", () => {
  const comments = parsePrototypes(table, /^ {2}\/\/ ([^;]+;)/gm);
  assert.deepEqual(
    Object.fromEntries(comments),
    Object.fromEntries(prototypes),
  );
  for (const [name] of comments) {
    assert.match(
      table,
      new RegExp(`// [^\\n]*\\b${name}\\([^\\n]*\\n  ${name}:`),
    );
  }
});

Deno.test("every row of symbols.ts has the types of its prototype", () => {
  assert.deepEqual(Object.keys(SYMBOLS), [...prototypes.keys()]);
  for (const [name, row] of Object.entries(SYMBOLS)) {
    const prototype = prototypes.get(name) ?? "";
    const inside = /\((.*)\);$/.exec(prototype)?.[1] ?? "";
    const wanted = inside.split(", ").map(expectedTypes)
      .filter((types) => types.length > 0);
    assert.equal(row.parameters.length, wanted.length, prototype);
    for (const [index, types] of wanted.entries()) {
      assert.ok(types.includes(row.parameters[index] ?? ""), prototype);
    }
    const [result] = expectedTypes(prototype.replace(/ct_.*/, ""));
    assert.equal(row.result, result, prototype);
  }
});

Deno.test("the library exports the functions of ct.h and nothing else", async () => {
  const nm = await new Deno.Command("nm", {
    args: ["-D", "--defined-only", await buildShim()],
  }).output();
  const exported = new TextDecoder().decode(nm.stdout).trim().split("\n")
    .map((line) => line.split(" ").at(-1));
  assert.deepEqual(exported.sort(), [...prototypes.keys()].sort());
});

Deno.test("the library was built from this header", () => {
  const version = /#define CT_ABI (\d+)/.exec(header)?.[1];
  assert.equal(abi(), Number(version));
});
