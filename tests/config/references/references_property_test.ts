/** Properties of the reference grammar: references survive a round trip, other text never throws. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { readPlan } from "@/config/plan.ts";
import { SettingReader } from "@/config/reader.ts";
import { isReference, parseDelivery } from "@/config/references/delivery.ts";
import { parsePath, parseReference } from "@/config/references/reference.ts";
import { makeVariables } from "../load_config.ts";

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
    !s.includes("${") && !/^(>>)?(vault|bao):/.test(s) && !s.endsWith("$")
  );
  fc.assert(fc.property(literal, literal, word, (before, after, field) => {
    const value = `${before}\${vault:p#${field}}${after}`;
    const delivery = parseDelivery("X", value);
    ok(typeof delivery !== "string");
    const texts = delivery.parts.flatMap((p) => "text" in p ? [p.text] : []);
    equal(texts.join(""), before + after);
  }));
});

Deno.test("parseDelivery() finds the end of templates and of JSON", () => {
  const quoted = fc.string({ maxLength: 5 }).map((text) =>
    JSON.stringify(text)
  );
  const action = fc.tuple(word, quoted).map(([name, text]) =>
    `\${.${name.replace(/\W/g, "")} | default ${text}}`
  );
  const data = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  fc.assert(fc.property(word, action, data, word, (path, key, json, after) => {
    const write = JSON.stringify(json);
    const value = `\${>>vault:${path}#${key}#${write}}${after}`;
    const latin1 = String.fromCharCode(...new TextEncoder().encode(value));
    const delivery = parseDelivery("X", latin1);
    ok(typeof delivery !== "string", String(delivery));
    const [part, text] = delivery.parts;
    ok(part && "template" in part && text && "text" in text);
    equal(part.path, path);
    equal(part.write, write);
    equal(text.text, after);
    ok(latin1.startsWith(`\${>>vault:${path}#${part.template}#{`));
  }));
});

Deno.test("the parsers return a message for garbage and never throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const answers = [
        parseReference(text),
        parsePath(text),
        parseReference(text, true),
        parseDelivery("X", `vault:${text}`),
        parseDelivery("X", `x\${>>vault:${text}`),
      ];
      for (const answer of answers) {
        ok(typeof answer === "string" || typeof answer === "object");
      }
      equal(typeof isReference(text), "boolean");
    }),
  );
});

Deno.test("CLOUDTASER_ENV_MAP: garbage is a problem, never an exception", () => {
  const text = fc.string({ unit: "binary", maxLength: 80 });
  fc.assert(fc.property(text, text, (paths, map) => {
    const variables = makeVariables({
      CLOUDTASER_SECRET_PATHS: paths,
      CLOUDTASER_ENV_MAP: map,
    });
    const reader = new SettingReader(new Map(), variables);
    const plan = readPlan(reader, variables);
    ok(plan.deliveries.length + plan.bulk.length <= 200);
  }));
});

Deno.test("CLOUDTASER_ENV_MAP: pairs survive a round trip", () => {
  const field = fc.stringMatching(/^[a-z]{1,8}$/);
  const name = fc.stringMatching(/^[A-Z]{2,8}_X$/);
  const groups = fc.array(fc.array(fc.tuple(field, name), { minLength: 1 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(fc.property(groups, (wanted) => {
    const map = wanted.map((g) => g.map(([f, n]) => `${f}=${n}`).join(","));
    const flags = new Map([
      ["secret-paths", wanted.map((_, i) => `p${i}`).join(",")],
      ["env-map", map.join(";")],
    ]);
    const { deliveries } = readPlan(new SettingReader(flags, []), []);
    const flat = wanted.flatMap((g, i) =>
      g.map(([f, n]) => ({ name: n, parts: [{ path: `p${i}`, field: f }] }))
    );
    deepEqual(deliveries, flat);
  }));
});
