/** The two ends of a start: the application runs with its secret, or it is not started. */
import assert from "node:assert/strict";
import type { WrapperResult } from "../support/wrapper.ts";

/** A reference to the secret of setUpSecrets(). */
export const DB_PASSWORD = "vault:secret/data/app#password";

/** An application that prints it. */
export const PRINT = ["/usr/bin/printenv", "DB_PASSWORD"];

type Result = Pick<WrapperResult, "code" | "stdout" | "stderr">;

export function assertStarted(
  { code, stdout, stderr }: Result,
  output = "s3cr3t-p4ss\n",
): void {
  assert.equal(code, 0, stderr);
  assert.equal(stdout, output);
}

/** Without output of the application, and with these words in the log. */
export function assertNotStarted(
  { code, stdout, stderr }: Result,
  expected: number,
  ...words: readonly RegExp[]
): void {
  assert.equal(code, expected, stderr);
  assert.equal(stdout, "");
  for (const word of words) assert.match(stderr, word);
}
