/** Which bodies contain a token. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { findToken } from "@/wrapper/unseal/token_body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function find(text: string): string | undefined {
  const found = findToken(bytes(text));
  return found && new TextDecoder().decode(found);
}

Deno.test("a token is found between blanks, as a view on the body", () => {
  equal(find('{"token":"s.abc-1_2"}'), "s.abc-1_2");
  equal(find(' {\n\t"token" : "x"\r\n}\n'), "x");
  const body = bytes('{"token":"abc"}');
  const token = findToken(body);
  token?.fill(0);
  deepEqual(body.subarray(10, 13), new Uint8Array(3));
});

Deno.test("any other body has no token", () => {
  const others = [
    ...["", "{", "{}", '"token"', "{token:a}", '{"token":7}', '{"token":""}'],
    ...['{"token":"a b"}', '{"token":"a\\u0041"}', '{"token":"a\nb"}'],
    ...['{"token":"ä"}', '{"token":"a"', '{"token":"a}', '{"token":"a"}x'],
    ...['{"token":"a"}{"token":"b"}', '{"token":"a","more":1}'],
    ...['{"more":1,"token":"a"}', '{"Token":"a"}', '[{"token":"a"}]'],
    '\u0000{"token":"a"}',
  ];
  for (const text of others) equal(find(text), undefined, text);
});

Deno.test("it agrees with JSON.parse for any bytes", () => {
  const token = fc.string({
    minLength: 1,
    unit: fc.constantFrom(..."abcXYZ019._-/+=~"),
  });
  fc.assert(fc.property(token, fc.nat(3), (text, indent) => {
    equal(find(JSON.stringify({ token: text }, null, indent)), text);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
    const found = findToken(body);
    if (!found) return;
    const said = JSON.parse(new TextDecoder().decode(body)).token;
    equal(new TextDecoder().decode(found), said);
  }));
});
