/**
 * One contract in three places: the prototypes of `c/ct.h`, the table of
 * `ffi/symbols.ts` (with the prototype above each row) and the table that the
 * library exports (`c/table.c`). They must say the same, in the same order.
 */
import assert from "node:assert/strict";
import { SYMBOLS } from "../../ffi/symbols.ts";
import { library, takeAddresses } from "../../ffi/library.ts";
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

Deno.test("the rows of table.c are in the order of the header", async () => {
  const source = await Deno.readTextFile(
    new URL("../../c/table.c", import.meta.url),
  );
  const rows = [...source.matchAll(/^\tROW\((\w+)\),$/gm)].map(([, row]) =>
    row
  );
  assert.deepEqual(rows, [...prototypes.keys()]);
});

Deno.test("the library exports its table and nothing else", async () => {
  const nm = await new Deno.Command("nm", {
    args: ["-D", "--defined-only", await buildShim()],
  }).output();
  assert.match(
    new TextDecoder().decode(nm.stdout),
    /^[0-9a-f]+ D ct_table\n$/,
  );
});

Deno.test("the library was built from this header, and a stale one is refused", async () => {
  await buildShim();
  assert.equal(library().ct_trim(), 0);
  const abi = BigInt(/#define CT_ABI (\d+)/.exec(header)?.[1] ?? "");
  const functions = [...prototypes.keys()].map((_, index) => BigInt(index + 1));
  const good = [abi, ...functions, 0n];
  const take = (
    words: bigint[],
  ) => [...takeAddresses(new BigUint64Array(words))];
  assert.deepEqual(take(good), functions);
  const stale = [
    [abi - 1n, ...functions, 0n],
    [abi, ...functions.slice(1), 0n, 0n],
    [abi, ...functions, 1n],
  ];
  for (const words of stale) {
    assert.throws(() => take(words), /^Error: The shim has ABI \d+ .*rebuild/);
  }
});
