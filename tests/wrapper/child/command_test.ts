/** The application's command line and where PATH finds it. */
import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { parseCommandLine } from "@/wrapper/child/command.ts";
import { findCandidates } from "@/wrapper/child/path_search.ts";
import { splitEnvironment } from "@/wrapper/child/environment.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import {
  decodeLatin1,
  encodeCString,
  parseEnvironment,
} from "@/process/own_blocks.ts";

const COMMANDS: [string, string[]][] = [
  ["nginx -g 'daemon off;'", ["nginx", "-g", "daemon off;"]],
  [`sh -c "echo \\"a b\\" $X"`, ["sh", "-c", 'echo "a b" $X']],
  ["a\\ b  c", ["a b", "c"]],
  ["a''b", ["ab"]],
  ["x ''", ["x", ""]],
  ['["/app", "-c", "a b", ""]', ["/app", "-c", "a b", ""]],
];

for (const [text, words] of COMMANDS) {
  Deno.test(`parseCommandLine() reads ${text}`, () =>
    deepEqual(parseCommandLine(text), words));
}

const INVALID = [
  "",
  "  ",
  "'open",
  '"open',
  '["a", 1]',
  "[",
  "''",
  '["a\\u0000"]',
];
for (const text of INVALID) {
  Deno.test(`parseCommandLine() refuses ${JSON.stringify(text)}`, () => {
    throws(
      () => parseCommandLine(text),
      /CLOUDTASER_ORIGINAL_CMD is not a command line/,
    );
  });
}

Deno.test("parseCommandLine() reads any single-quoted words back", () => {
  const words = fc.array(fc.string().filter((s) => !s.includes("'")), {
    minLength: 1,
  })
    .filter(([first]) => first !== "" && !first?.startsWith("["));
  fc.assert(fc.property(words, (list) => {
    deepEqual(parseCommandLine(list.map((w) => `'${w}'`).join(" ")), list);
  }));
});

const show = (list: readonly Uint8Array[]) =>
  list.map((c) => decodeLatin1(c.subarray(0, -1)));

Deno.test("findCandidates() follows PATH in its order, an empty folder is the current one", () => {
  const environment = ["PATHS=/c", "PATH=/a::/b/", "PATH=/d"].map(
    encodeCString,
  );
  deepEqual(show(findCandidates(encodeCString("x"), environment)), [
    "/a/x",
    "x",
    "/b//x",
  ]);
});

Deno.test("findCandidates() does not search for a name with a slash", () => {
  deepEqual(show(findCandidates(encodeCString("./x"), [])), ["./x"]);
});

Deno.test("splitEnvironment() keeps bytes, strips the wrapper's own, replaces references", () => {
  const block = encodeCString(
    "A=\xff\xfe\0VAULT_TOKEN=\0DB=vault:p#f\0GONE=vault:q#f\0BAO_ADDR=x\0CLOUDTASER_X=1\0NODE_OPTIONS=y\0VAULT_ADDR=z",
  );
  const { plain, secrets } = splitEnvironment({
    own: { environment: parseEnvironment(block) },
    store: {
      variables: () => [encodeCString("DB=secret")],
      names: () => ["DB"],
    },
    config: {
      passthrough: ["VAULT_ADDR"],
      // GONE is missing, which VAULT_IGNORE_MISSING_SECRETS allows.
      plan: { deliveries: [{ name: "DB" }, { name: "GONE" }] },
    },
  } as unknown as Ingested);
  deepEqual(show(plain), ["A=\xff\xfe", "NODE_OPTIONS=y", "VAULT_ADDR=z"]);
  deepEqual(show(secrets), ["DB=secret"]);
  equal(plain[0]?.at(-1), 0);
});

Deno.test("parseEnvironment() splits any block and keeps entries without a name", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (block) => {
    for (const { name, entry, value } of parseEnvironment(block)) {
      const text = decodeLatin1(entry);
      if (name === "") {
        equal(text.indexOf("=") < 1 && value.length === 0, true);
      } else equal(text, `${name}=${decodeLatin1(value)}\0`);
    }
  }));
});
