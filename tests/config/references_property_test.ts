/** Properties of the reference grammar: what is written is read back, garbage never throws. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  isReference,
  parseDelivery,
  parsePath,
  parseReference,
} from "../../src/config/references.ts";

const word = fc.stringMatching(/^[a-z0-9_/.-]{1,20}$/);

Deno.test("parseReference() reads back what was written", () => {
  fc.assert(
    fc.property(
      word,
      word,
      fc.option(fc.integer({ min: 1, max: 999 })),
      (path, field, version) => {
        const text = `${path}#${field}${version === null ? "" : `#${version}`}`;
        deepEqual(parseReference(text), {
          path,
          field,
          ...(version !== null && { version }),
        });
      },
    ),
  );
});

Deno.test("parseDelivery() keeps literals byte for byte", () => {
  const literal = fc.string().filter((s) =>
    !s.includes("${") && !/^(vault|bao):/.test(s) && !s.endsWith("$")
  );
  fc.assert(fc.property(literal, literal, word, (before, after, field) => {
    const value = `${before}\${vault:p#${field}}${after}`;
    const delivery = parseDelivery("X", value);
    ok(typeof delivery !== "string");
    const texts = delivery.parts.flatMap((p) => "text" in p ? [p.text] : []);
    equal(texts.join(""), before + after);
  }));
});

Deno.test("the parsers answer garbage with a text, never by throwing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const answers = [
        parseReference(text),
        parsePath(text),
        parseDelivery("X", `vault:${text}`),
      ];
      for (const answer of answers) {
        ok(typeof answer === "string" || typeof answer === "object");
      }
      equal(typeof isReference(text), "boolean");
    }),
  );
});
