/** Paths: accepted ones reach Vault unchanged, and none leaves /v1/. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "@/base/errors.ts";
import { encodePath } from "../../../../src/fetcher/vault/client/path.ts";

Deno.test("encodePath() removes a leading slash and v1/", () => {
  for (
    const path of ["secret/data/app", "/secret/data/app", "/v1/secret/data/app"]
  ) {
    assert.equal(encodePath(path), "secret/data/app");
  }
});

Deno.test("encodePath() encodes what a URL would read otherwise", () => {
  assert.equal(encodePath("kv/a b/%2e%2e/ü"), "kv/a%20b/%252e%252e/%C3%BC");
});

const REFUSED = [
  "",
  "/",
  "v1/",
  "..",
  "secret/../sys/raw",
  "secret/./app",
  "secret//app",
  "secret/app?version=2",
  "secret/app#x",
  "secret\\app",
  "secret/a\nb",
  "secret/a\0b",
  "secret/\x7f",
  "secret/\ud800",
  `secret/${"x".repeat(3000)}`,
];

for (const path of REFUSED) {
  Deno.test(`encodePath() refuses ${JSON.stringify(path).slice(0, 40)}`, () => {
    assert.throws(() => encodePath(path), ConfigError);
  });
}

Deno.test("encodePath() gives a path that stays below /v1/ and decodes to what was given", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (path) => {
      let encoded: string;
      try {
        encoded = encodePath(path);
      } catch (error) {
        assert.ok(error instanceof ConfigError);
        assert.ok(!/[\n\r\0]/.test(error.message));
        return;
      }
      const url = new URL(`https://vault/v1/${encoded}`);
      assert.equal(url.pathname, `/v1/${encoded}`);
      assert.equal(url.search + url.hash, "");
      const bare = path.replace(/^\/+/, "").replace(/^v1\/+/, "");
      assert.equal(encoded.split("/").map(decodeURIComponent).join("/"), bare);
    }),
    { numRuns: 2000 },
  );
});
