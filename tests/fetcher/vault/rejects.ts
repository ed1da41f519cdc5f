/** Asserts the class and the message of a failed fetch, and that it quotes no secret. */
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
