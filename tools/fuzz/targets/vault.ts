/** Vault's JSON and error texts; references and templates in settings. */
import { findEnd, splitAtHashes } from "@/config/references/scan.ts";
import { parsePath, parseReference } from "@/config/references/reference.ts";
import { compileTemplate } from "@/fetcher/template/compile.ts";
import {
  isObject,
  parseExact,
  parseObject,
} from "@/fetcher/vault/client/json.ts";
import { explainBody } from "@/fetcher/vault/client/vault_error_texts.ts";
import fc from "fast-check";
import {
  FIELDS_JSON,
  template,
  toLatin1,
} from "../../../tests/fetcher/template/arbitrary_template.ts";
import { decode, latin1, must, mustEqual, type Target } from "../target.ts";

const SECRET =
  '{"request_id":"a","lease_id":"","renewable":false,"lease_duration":0,"data":{"data":{"password":"p","n":12345678901234567890,"f":1.0,"e":-1E+2},"metadata":{"version":3}},"warnings":null,"auth":{"client_token":"t","lease_duration":60}}';
const FIELDS = parseExact(FIELDS_JSON);
const MOST_OUTPUT = 1 << 20;

export const VAULT_TARGETS: readonly Target[] = [
  {
    name: "vault-json",
    weight: 4,
    samples: [
      SECRET,
      '{"errors":["permission denied"]}',
      ...fc.sample(fc.json({ maxDepth: 3 }), { numRuns: 100, seed: 1 }),
    ],
    words: [
      "{",
      "}",
      "[",
      "]",
      '"',
      ",",
      ":",
      "1e999",
      "-0",
      "1.0",
      "0.1e-7",
      '"__proto__"',
      "\\ud800",
      "null",
    ],
    check: (input) => {
      const text = decode(input);
      const value = parseObject(text);
      if (value === undefined) return;
      const exact = parseExact(text);
      must(isObject(exact), "an object");
      // JSON.parse is the reference; numbers keep their text.
      const again: unknown = JSON.parse(JSON.stringify(exact));
      mustEqual(again, value, "numbers");
    },
  },
  {
    name: "vault-errors",
    weight: 2,
    samples: [
      '{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}',
      '{"errors":["error validating claims: claim \\"sub\\" does not match any associated bound claim values"]}',
    ],
    words: [
      "claim ",
      "role",
      " could not be found",
      "signature",
      "token has expired",
      "(sub)",
      "invalid",
    ],
    check: (input) => void explainBody(decode(input)),
  },
  {
    name: "references",
    weight: 4,
    samples: [
      "secret/data/app#password",
      "secret/data/app#${.user | upper}#3",
      'transit/x#ciphertext#{"plaintext":"a}b"}',
      "a#b}rest",
      "p#${ `}` }#1",
      "secret/data/app#x#-1",
    ],
    words: ["#", "${", "}", "{", '"', "`", "\\", "/*", "*/", "vault:", ">>"],
    check: (input) => {
      const text = latin1(input);
      const pieces = splitAtHashes(text);
      must(pieces.length <= 3 && pieces.join("#") === text, "pieces");
      for (const isWrite of [false, true]) {
        const end = findEnd(text, 0, isWrite);
        must(end === -1 || text[end] === "}", "end");
        must(end !== -1 || !text.includes("}"), "no end");
        const reference = parseReference(text, isWrite);
        if (typeof reference !== "string") must(reference.path !== "", "path");
      }
      const path = parsePath(text);
      if (typeof path !== "string") must(path.path !== "", "path");
    },
  },
  {
    name: "templates",
    weight: 2,
    samples: fc.sample(template, { numRuns: 150, seed: 1 }).map((text) =>
      Uint8Array.from(toLatin1(text), (c) => c.charCodeAt(0))
    ),
    words: [
      "${",
      "}",
      " | ",
      "if ",
      "else",
      "end",
      "upper",
      "repeat 9 ",
      "(",
      ")",
      ".a",
      "`",
      '"',
      "-",
      "printf ",
    ],
    check: (input) => {
      const compiled = compileTemplate(latin1(input));
      if ("refused" in compiled) return must(compiled.refused !== "", "reason");
      const result = compiled.render(FIELDS);
      if ("refused" in result) return must(result.refused !== "", "reason");
      must(result.text.length <= MOST_OUTPUT, "length");
      for (const { start, length } of result.written) {
        must(
          start >= 0 && length > 0 && start + length <= result.text.length,
          "written",
        );
      }
    },
  },
];
