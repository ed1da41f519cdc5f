/** Credentials that a server puts into names, in all encodings, and names that only look similar. */
import assert from "node:assert/strict";
import { CredentialDetector } from "../../../../src/fetcher/vault/client/credential_detector.ts";

const TOKEN = "hvs.CAESIJq3-Zx_81kkTo9vW2mAbCdEfGhIjKlMnOpQrStUvWxYz012345";

function learned(secret: string, known = ""): CredentialDetector {
  const detector = new CredentialDetector(known);
  detector.add(secret);
  return detector;
}

Deno.test("a credential that every request adds is looked through once", () => {
  const { normalize } = String.prototype;
  let calls = 0;
  String.prototype.normalize = function (form?: string) {
    calls++;
    return normalize.call(this, form);
  };
  try {
    const detector = learned(TOKEN);
    const first = calls;
    for (let i = 0; i < 1000; i++) detector.add(TOKEN);
    assert.equal(calls, first);
    assert.ok(first > 1);
  } finally {
    String.prototype.normalize = normalize;
  }
});

const FORMS: readonly (readonly [string, string])[] = [
  ["as it is", TOKEN],
  ["in small letters", TOKEN.toLowerCase()],
  ["in capitals, as a variable", TOKEN.toUpperCase().replace(/\W/g, "_")],
  [
    "percent-encoded",
    [...TOKEN].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(""),
  ],
  ["percent-encoded twice", encodeURIComponent(encodeURIComponent(TOKEN))],
  ["as labels of a name", TOKEN.match(/.{1,9}/g)?.join(".") ?? ""],
  [
    "in fullwidth letters",
    TOKEN.replace(
      /[a-z]/g,
      (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0),
    ),
  ],
  ["its first half", TOKEN.slice(0, 29)],
  ["its second half", TOKEN.slice(29)],
  ["in base64", btoa(TOKEN)],
  ["in base64 behind a word", btoa(`field ${TOKEN}`)],
  ["in base64 behind another", btoa(`a${TOKEN}`)],
  [
    "in base64url",
    btoa(`ab${TOKEN}`).replaceAll("+", "-").replaceAll("/", "_"),
  ],
  ["in hexadecimal", new TextEncoder().encode(TOKEN).toHex()],
];

for (const [title, form] of FORMS) {
  Deno.test(`isContainedIn() finds a credential ${title}`, () => {
    assert.ok(
      learned(TOKEN).isContainedIn(`Field "${form}" of "secret/data/app"`),
    );
  });
}

Deno.test("isContainedIn() ignores credentials that were known before or are too short", () => {
  const path = "secret/data/my-application-token";
  assert.ok(
    !learned(TOKEN).isContainedIn(`Field password of "${path}", 12345`),
  );
  assert.ok(!learned("my-application-token", path).isContainedIn(path));
  assert.ok(!learned("root").isContainedIn("the root of all"));
  assert.ok(learned("short-token").isContainedIn("a SHORT_TOKEN here"));
});
