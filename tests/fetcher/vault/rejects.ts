/** One way to look at a failed fetch: its class, its words, and that it gives nothing away. */
import assert from "node:assert/strict";
import type { ConfigError, VaultUnavailableError } from "@/base/errors.ts";

/** Waits for the failure. `words` must all be in its one line. */
export async function rejects(
  doing: Promise<unknown>,
  kind: typeof ConfigError | typeof VaultUnavailableError,
  ...words: RegExp[]
): Promise<void> {
  await assert.rejects(doing, (error: unknown) => {
    assert.ok(error instanceof kind, String(error));
    for (const word of words) assert.match(error.message, word);
    assert.doesNotMatch(error.message, /hunter2|s\.fake-token|[\r\n]/);
    return true;
  });
}
