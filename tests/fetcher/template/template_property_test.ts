/** The interpreter against anything: it ends, its errors are named, its output is bounded, it runs no code. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { compileTemplate } from "@/fetcher/template/compile.ts";
import { FUNCTION_NAMES } from "@/fetcher/template/evaluate.ts";
import { parseExact } from "@/fetcher/vault/client/json.ts";
import { FIELDS_JSON, template, toLatin1 } from "./arbitrary_template.ts";

const MAX_OUTPUT = 1 << 20;
const DATA = parseExact(FIELDS_JSON);

/** What it makes, or why not: nothing else may happen. */
function render(text: string, data: unknown = DATA): string | undefined {
  const compiled = compileTemplate(text);
  const result = "refused" in compiled ? compiled : compiled.render(data);
  if ("refused" in result) {
    match(
      result.refused,
      /^(?:has|is|calls|uses|writes|gives|asks|makes|takes|needs|compares|changes|looks|repeats|indents|meets) /,
    );
    return undefined;
  }
  ok(result.text.length <= MAX_OUTPUT);
  for (const { start, length } of result.written) {
    ok(start >= 0 && length > 0 && start + length <= result.text.length);
  }
  return result.text;
}

const bytes = fc.uint8Array({ maxLength: 300 })
  .map((array) => String.fromCharCode(...array));

Deno.test("any text is a template or is refused", () => {
  fc.assert(fc.property(bytes, (text) => void render(text)));
  fc.assert(
    fc.property(
      bytes,
      bytes,
      (before, inside) => void render(`${before}\${${inside}}`),
    ),
  );
});

Deno.test("any template with any part of it lost is a template or is refused", () => {
  const cut = fc.tuple(template, fc.nat(), fc.nat());
  fc.assert(
    fc.property(cut, ([text, from, length]) => {
      const all = toLatin1(text);
      const at = from % (all.length + 1);
      render(all.slice(0, at) + all.slice(at + length % 8));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("any data is evaluated or refused", () => {
  const uses = "${.a}${.a.b}${toJson .}${index .a 0}${.a | quote}${len .a}";
  fc.assert(
    fc.property(fc.jsonValue(), (a) => {
      for (const use of uses.split(/(?<=\})/)) {
        render(use, parseExact(JSON.stringify({ a })));
      }
    }),
  );
});

Deno.test("names of JavaScript are no functions and no fields", () => {
  const names = [
    ...Object.getOwnPropertyNames(Object.prototype),
    ...Object.getOwnPropertyNames(Function.prototype),
    ...Object.getOwnPropertyNames(globalThis).filter((n) => /^\w+$/.test(n)),
  ].filter((name) => !Object.values(FUNCTION_NAMES).flat().includes(name));
  for (const name of names) {
    const called = compileTemplate(`\${${name} .a}`);
    ok("refused" in called, name);
    match(called.refused, /calls|action|gives arguments/, name);
    equal(render(`\${.${name}}`), undefined, name);
    equal(render(`\${index . "${name}"}`), undefined, name);
    equal(render(`\${.a.${name}}`), undefined, name);
  }
});

Deno.test("nothing in the program runs text as code or reaches outside", async () => {
  const folder = new URL("../../../src/fetcher/template/", import.meta.url);
  for (const part of ["", "functions/"]) {
    for await (const { name, isFile } of Deno.readDir(new URL(part, folder))) {
      if (!isFile) continue;
      const source = await Deno.readTextFile(new URL(part + name, folder));
      doesNotMatch(
        source,
        /\beval\b(?!uate)|\bFunction\(|import\(|Deno\.|globalThis|\bfetch\(/,
        name,
      );
    }
  }
});

/** Templates that would make much out of little. */
const GREEDY = [
  "${repeat 999999999 .a}",
  '${repeat 1000 "0123456789" | repeat 1000 | repeat 1000}',
  '${replace "0" .big (repeat 100000 "0") | replace "1" .big}',
  "${indent 999999999 .a}",
  "${repeat 1000000 .a | toJson | toJson | toJson}",
  `\${join (repeat 1000000 "x") (splitList "," (repeat 400000 ","))}`,
  `\${$x := repeat 1000000 "x"}${"${toJson .}".repeat(500)}`,
  "${repeat 300000 .a | upper}".repeat(200),
  '${repeat 900000 `"`  | quote | len}'.repeat(200),
  `\${list${" .".repeat(3000)} | toPrettyJson}`,
  `\${cat${" .a".repeat(2500)} | repeat 100}`,
  `\${${"(".repeat(3000)}.a${")".repeat(3000)}}`,
  `\${.a${" | upper".repeat(900)}}`,
  `${"${if .a}".repeat(500)}x${"${end}".repeat(500)}`,
  `\${.a${".b".repeat(4000)}}`,
  "${`".repeat(2700),
  '${"\\'.repeat(2000),
  " ".repeat(8000) + "${- .a}",
  "x".repeat(8193),
];

Deno.test("what asks for too much is refused", () => {
  for (const text of GREEDY) {
    const made = render(text);
    ok(made === undefined || made.length <= text.length, text.slice(0, 60));
  }
  const deep = JSON.parse("[".repeat(5000) + "]".repeat(5000));
  equal(render("${toJson .a}", { a: deep }), undefined);
  equal(render(`\${fromJson "${"[".repeat(3000)}"}`), undefined);
});

Deno.test("white space of any length is trimmed in time that its length bounds", () => {
  // Quadratic, this would take a quarter of an hour.
  const long = " ".repeat(1_000_000);
  equal(render("${trim .a | len}", { a: `a${long}a` }), "1000002");
  equal(render("${trimAll ` ` .a}", { a: `${long}a${long}` }), "a");
});

Deno.test("a template says which of its bytes actions wrote", () => {
  const compiled = compileTemplate("user=${.a}${.empty};${.port}");
  ok(!("refused" in compiled));
  deepEqual(compiled.render(DATA), {
    text: "user=plain text;5432",
    written: [{ start: 5, length: 10 }, { start: 16, length: 4 }],
  });
});
