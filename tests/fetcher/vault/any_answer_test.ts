/** Any response ends in values or in an error for operators, which quotes nothing of it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { WrapperError } from "@/base/errors.ts";
import { fetchFrom, startReading } from "./fake_vault.ts";

const KEYS =
  "data metadata password version created_time lease_id lease_duration errors warnings auth __proto__"
    .split(" ");

/** JSON with Vault's keys. */
const vaultLike = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.jsonValue({ maxDepth: 2 }),
    tie("object"),
    fc.constantFrom("hunter2\0", "", 1, -1, 1e308, null, true),
  ),
  object: fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 6 }),
})).object;

const STATUSES = [200, 200, 200, 204, 300, 304, 400, 403, 404, 410];
const status = fc.constantFrom(...STATUSES);

Deno.test("fetchSecrets() gives values or a WrapperError for any answer", async () => {
  let answer = () => new Response();
  await using vault = startReading(() => answer());
  await fc.assert(
    fc.asyncProperty(vaultLike, status, async (body, code) => {
      const isEmpty = code === 204 || code === 304;
      const text = isEmpty ? null : JSON.stringify(body);
      answer = () => new Response(text, { status: code });
      try {
        const texts = await fetchFrom(vault, { maxRetries: 0 });
        assert.equal(typeof texts.PW, "string");
      } catch (error) {
        assert.ok(error instanceof WrapperError, String(error));
        assert.doesNotMatch(error.message, /hunter2|[\r\n\0]/);
      }
    }),
    { numRuns: 300 },
  );
});
