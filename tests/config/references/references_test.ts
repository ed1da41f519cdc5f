/** The forms of references: what each is in a plan, or the message. */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import type { Part } from "@/protocol/fetcher/plan.ts";
import {
  isReference,
  isUnterminated,
  parseDelivery,
} from "@/config/references/delivery.ts";
import { parsePath } from "@/config/references/reference.ts";
import { load } from "../load_config.ts";

const VAULT = { VAULT_ADDR: "https://v:8200", VAULT_TOKEN_FILE: "/t" };

const FORMS: readonly (readonly [string, readonly Part[]])[] = [
  ["vault:p#f", [{ path: "p", field: "f" }]],
  ["bao:p#f#3", [{ path: "p", field: "f", version: 3 }]],
  ["vault:p#f#", [{ path: "p", field: "f" }]],
  ["vault:p#f#0", [{ path: "p", field: "f" }]],
  ["vault:p#f#-1", [{ path: "p", field: "f" }]],
  ["vault:p#f#007", [{ path: "p", field: "f", version: 7 }]],
  ["vault:p#${.f}", [{ path: "p", template: "${.f}" }]],
  ["vault:p#a ${.f} b#2", [{ path: "p", template: "a ${.f} b", version: 2 }]],
  ['vault:p#${.f | replace "#" "}"}#2', [{
    path: "p",
    template: '${.f | replace "#" "}"}',
    version: 2,
  }]],
  ["vault:p#a}b{", [{ path: "p", field: "a}b{" }]],
  [">>vault:p#f", [{ path: "p", field: "f", write: "{}" }]],
  ['>>bao:p#f#{"a":"#}"}', [{ path: "p", field: "f", write: '{"a":"#}"}' }]],
  ['>>vault:p#${.f}#{"a":1}', [{
    path: "p",
    template: "${.f}",
    write: '{"a":1}',
  }]],
  ["vault:v1:abc/+==", [{ ciphertext: "vault:v1:abc/+==" }]],
  ["vault:v12:a#b", [{ ciphertext: "vault:v12:a#b" }]],
  ["vault:v1/p#f", [{ path: "v1/p", field: "f" }]],
  ["x${vault:v1:abc}y", [
    { text: "x" },
    { ciphertext: "vault:v1:abc" },
    { text: "y" },
  ]],
  ["${vault:p#f}}", [{ path: "p", field: "f" }, { text: "}" }]],
  ["${vault:p#${.f}}}", [{ path: "p", template: "${.f}" }, { text: "}" }]],
  ["${vault:p#${.f}-${.g}#2}", [{
    path: "p",
    template: "${.f}-${.g}",
    version: 2,
  }]],
  ['${>>vault:p#f#{"a":{"b":"}"}}}!', [
    { path: "p", field: "f", write: '{"a":{"b":"}"}}' },
    { text: "!" },
  ]],
  ["${vault:p#${/* } */}}", [{ path: "p", template: "${/* } */}" }]],
];

for (const [value, parts] of FORMS) {
  Deno.test(`parseDelivery() reads ${value}`, () => {
    equal(isReference(value), true);
    equal(isUnterminated(value), false);
    deepEqual(parseDelivery("A", value), { name: "A", parts });
  });
}

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["vault:p", /use vault:PATH#FIELD or vault:PATH#FIELD#VERSION$/],
  ["vault:#f", /the path before # is empty$/],
  ["vault:p#", /the field after # is empty$/],
  ["vault:p##3", /the field after # is empty$/],
  ["vault:p#f#1#2", /the version after the second # must be an integer$/],
  ["vault:p#f#1.0", /must be an integer$/],
  ["vault:p#f#+1", /must be an integer$/],
  ["vault:p#f#9999999999", /must be an integer$/],
  ["vault:p#${.f", /the template after # has \$\{ without its \}$/],
  ["${vault:p#${.f}", /the template after # has \$\{ without its \}$/],
  [
    ">>vault:p",
    />>vault: needs >>vault:PATH#FIELD or >>vault:PATH#FIELD#JSON$/,
  ],
  [">>vault:v1:abc", />>vault: needs/],
  [">>vault:p#f#", /data after the second # of >>vault: must be a JSON object/],
  [">>vault:p#f#[]", /must be a JSON object/],
  [">>vault:p#f#null", /must be a JSON object/],
  ['${>>vault:p#f#{"a":}}', /must be a JSON object/],
  ["vault:login", /use vault:PATH#FIELD/],
];

for (const [value, words] of WRONG) {
  Deno.test(`parseDelivery() refuses ${value} in words`, () => {
    equal(isReference(value), true);
    const message = parseDelivery("A", value);
    match(String(message), words);
    match(String(message), /^A is an invalid reference: /);
  });
}

Deno.test("text beside references, and references without an end, stay text", () => {
  for (
    const text of [
      "",
      "x vault:p#f",
      "${x}",
      ">>p",
      "> >vault:p#f",
      "$vault:p#f",
    ]
  ) {
    equal(isReference(text), false, text);
    deepEqual(parseDelivery("A", text), {
      name: "A",
      parts: text === "" ? [] : [{ text }],
    });
  }
  equal(isUnterminated("a ${vault:p#f b"), true);
  equal(isUnterminated("${vault:p#f} ${>>bao:p#f"), true);
  equal(isReference("a ${vault:p#f b"), false);
});

Deno.test("parsePath() reads versions as references do", () => {
  deepEqual(parsePath("p#2"), { path: "p", version: 2 });
  for (const text of ["p", "p#", "p#0"]) {
    deepEqual(parsePath(text), { path: "p" });
  }
  for (const text of ["p#x", "p#1#2"]) {
    match(String(parsePath(text)), /integer/);
  }
});

Deno.test("a ciphertext needs a key, which only then is read", () => {
  const A = "vault:v1:abc";
  throws(
    () => load({ ...VAULT, A }),
    /A is a ciphertext of transit .* VAULT_TRANSIT_KEY_ID is not set/,
  );
  const key = { VAULT_TRANSIT_KEY_ID: " app " };
  deepEqual(load({ ...VAULT, ...key, A }).plan.transit, {
    mount: "transit",
    key: "app",
  });
  const mount = { BAO_TRANSIT_PATH: "crypt" };
  equal(load({ ...VAULT, ...key, ...mount, A }).plan.transit?.mount, "crypt");
  equal(load({ ...VAULT, ...key, A: "vault:p#f" }).plan.transit, undefined);
});

Deno.test("bank-vaults' lists of paths are read beside ours, each path once", () => {
  const { plan } = load({
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "a,b#1",
    VAULT_FROM_PATH: "b#1,c#0",
    VAULT_ENV_FROM_PATH: "c,d#4",
  });
  deepEqual(plan.bulk, [
    { path: "a" },
    { path: "b", version: 1 },
    { path: "c" },
    { path: "d", version: 4 },
  ]);
  throws(
    () => load({ ...VAULT, VAULT_FROM_PATH: "a#x" }),
    /VAULT_FROM_PATH contains "a#x": the version after # must be an integer/,
  );
  throws(
    () => load({ ...VAULT, VAULT_FROM_PATH: " , " }),
    /VAULT_FROM_PATH is " , ": set a value/,
  );
});

Deno.test("VAULT_IGNORE_MISSING_SECRETS is part of the plan", () => {
  const A = "vault:p#f";
  const ignore = (value: string) =>
    load({ ...VAULT, A, VAULT_IGNORE_MISSING_SECRETS: value }).plan
      .ignoreMissing;
  equal(ignore("true"), true);
  equal(ignore("false"), undefined);
  equal(ignore(""), undefined);
  throws(
    () => ignore("perhaps"),
    /VAULT_IGNORE_MISSING_SECRETS is "perhaps": use true or false/,
  );
});
