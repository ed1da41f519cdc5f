/**
 * Templates against Go's own: what bank-vaults would make of each. Where the
 * wrapper gives a value, it is the same value; it may refuse more.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compileTemplate } from "@/fetcher/template/compile.ts";
import { parseExact } from "@/fetcher/vault/client/json.ts";
import {
  CALLS,
  FIELDS_JSON,
  template,
  toLatin1,
} from "../fetcher/template/arbitrary_template.ts";
import { renderWithSprig } from "../support/sprig/renderer.ts";

/** The text, or undefined when it is refused. */
function render(text: string): string | undefined {
  const compiled = compileTemplate(toLatin1(text));
  if ("refused" in compiled) return undefined;
  const result = compiled.render(parseExact(FIELDS_JSON));
  return "refused" in result ? undefined : result.text;
}

async function compare(templates: readonly string[]): Promise<string[]> {
  const theirs = await renderWithSprig(templates.map(toLatin1), FIELDS_JSON);
  assert.equal(theirs.length, templates.length);
  return templates.filter((text, i) => {
    const [ours, go] = [render(text), theirs[i]];
    if (ours === undefined || go?.error !== undefined) return false;
    assert.equal(ours, go?.text, text);
    return true;
  });
}

Deno.test("templates make what Go and sprig make", async () => {
  const templates = [...new Set(fc.sample(template, 5_000))];
  const same = await compare(templates);
  // Most of the others are wrong for both.
  assert.ok(same.length > 1_500, `${same.length} of ${templates.length}`);
  const names = CALLS.map((row) => row.split(" ")[0] ?? "");
  const unseen = names.filter((name) =>
    !same.some((text) => new RegExp(`\\b${name}\\b`).test(text))
  );
  assert.deepEqual(unseen, []);
});

Deno.test("trimmed white space, comments, escapes and chains are Go's", async () => {
  const templates = [
    "a ${- .a -} b",
    "a \n${-  .a   -}\n\n b ${.a -} c",
    "${- /* a ${ } comment */ -} x",
    "${/* one */}${/* two */}y",
    '${"\\x41\\102\\u20ac\\U0001F600\\t\\\\\\""}',
    "${`raw } \\n`}",
    "$${.a}$",
    "${.object.a}${(.object).b}${$.user}",
    "${ (index .items 0) | printf `%s-%v` .a }",
    "${if and .on .a}1${end}${if or .off .empty}2${else if not .off}3${end}",
    "${if eq .user `app-user` `x`}4${end}${if ne .port `1`}5${end}",
    "${\n.a\n|\nupper\n}",
    "${default `d` .gone}${coalesce .gone .empty .a}${ternary 1 2 .on}",
    "${.port | toString | b64enc}${len .unicode}${trunc 5 .unicode}",
    "${- 3}",
    "${-3}",
    "${ - }",
    "${.a.b}",
    "${.a .user}",
    "${.}",
    "${}",
    "${.a | .user}",
    "${(.a}",
    "${.a)}",
    "${else}",
    "${end}",
    "${if .a}",
    "${if .a}x${else}y${else}z${end}",
  ];
  assert.equal((await compare(templates)).length, 16);
});
