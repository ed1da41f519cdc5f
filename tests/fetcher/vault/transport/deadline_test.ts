/** A job's time limit, and how a failure ends waits and requests. */
import assert from "node:assert/strict";
import { Deadline } from "../../../../src/fetcher/vault/transport/deadline.ts";

Deno.test("fail() ends waits at once, and requests after their grace", async () => {
  const deadline = new Deadline(60_000);
  const asleep = deadline.sleep(60_000);
  deadline.fail(50);
  await asleep;
  assert.equal(deadline.isCancelled, true);
  // A read that is cut off now could leave an unknown lease.
  assert.equal(deadline.signal.aborted, false);
  await new Promise<void>((resolve) =>
    deadline.signal.addEventListener("abort", () => resolve())
  );
  assert.equal(deadline.signal.aborted, true);
});

Deno.test("cancel() ends requests at once", () => {
  const deadline = new Deadline(60_000);
  deadline.cancel();
  assert.equal(deadline.signal.aborted, true);
});
