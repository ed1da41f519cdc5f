/** Retries, and the time limit that ends them. Times are compared only with a deadline. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { VaultUnavailableError } from "@/base/errors.ts";
import { Deadline } from "@/fetcher/vault/transport/deadline.ts";
import {
  parseRetryAfter,
  retry,
  TryAgain,
} from "@/fetcher/vault/transport/retry.ts";

function options(limitMs: number, maxRetries?: number) {
  const causes: string[] = [];
  return {
    causes,
    deadline: new Deadline(limitMs),
    maxRetries,
    who: "Vault at https://v",
    onWait: (cause: string) => causes.push(cause),
  };
}

/** An attempt that always fails. */
function failing(...[cause, more]: ConstructorParameters<typeof TryAgain>) {
  return () => Promise.resolve(new TryAgain(cause, more));
}

Deno.test("retry() returns the first result", async () => {
  let tries = 0;
  const o = options(5000);
  const answer = await retry(() => {
    tries++;
    return Promise.resolve(tries < 3 ? new TryAgain("HTTP 502") : "yes");
  }, o);
  assert.equal(answer, "yes");
  assert.deepEqual(o.causes, ["HTTP 502", "HTTP 502"]);
});

Deno.test("retry() reports the cause before the attempt that the deadline ended", async () => {
  const o = options(200);
  let tries = 0;
  const attempt = async () => {
    tries++;
    if (tries < 3) return new TryAgain("HTTP 500");
    await o.deadline.sleep(o.deadline.leftMs);
    return new TryAgain("no response in time", { isCutShort: true });
  };
  await assert.rejects(retry(attempt, o), /for 200ms \(HTTP 500\)\./);
});

Deno.test("retry() ends at the deadline and says the last cause and the setting", async () => {
  const o = options(150);
  await assert.rejects(retry(failing("Vault is sealed"), o), {
    name: "VaultUnavailableError",
    message: /https:\/\/v .*150ms.*Vault is sealed.*CLOUDTASER_VAULT_DEADLINE/,
  });
});

Deno.test("retry() ends after maxRetries and names the setting", async () => {
  for (const [maxRetries, tries] of [[0, "1 try"], [2, "3 tries"]] as const) {
    await assert.rejects(
      retry(failing("HTTP 503"), options(5000, maxRetries)),
      new RegExp(`${tries}.*HTTP 503.*VAULT_MAX_RETRIES`),
    );
  }
});

Deno.test("retry() never waits past the deadline, whatever the server asks", async () => {
  const o = options(200);
  let tries = 0;
  const attempt = () => {
    tries++;
    return Promise.resolve(new TryAgain("HTTP 429", { afterMs: 1e12 }));
  };
  await assert.rejects(retry(attempt, o), VaultUnavailableError);
  assert.ok(tries >= 2, "one more attempt must fit in");
});

Deno.test("retry() passes errors through at once", async () => {
  const attempt = () => Promise.reject(new RangeError("mine"));
  await assert.rejects(retry(attempt, options(5000)), RangeError);
});

Deno.test("retry() wakes when the deadline is cancelled", async () => {
  const o = options(600_000);
  const again = failing("HTTP 429", { afterMs: 500_000 });
  const trying = assert.rejects(retry(again, o), VaultUnavailableError);
  setTimeout(() => o.deadline.cancel(), 10);
  await trying;
});

Deno.test("parseRetryAfter() reads seconds and dates, and nothing else", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(parseRetryAfter("7", now), 7000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:00:09 GMT", now), 9000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2015 00:00:00 GMT", now), 0);
  for (const text of [undefined, "", "soon", "-x"]) {
    assert.equal(parseRetryAfter(text, now), undefined);
  }
});

Deno.test("parseRetryAfter() gives a finite time from 0 up, or undefined", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const ms = parseRetryAfter(text, 0);
    assert.ok(ms === undefined || (Number.isFinite(ms) && ms >= 0));
  }));
});

Deno.test("fail() ends waits at once, and requests after their grace", async () => {
  const deadline = new Deadline(60_000);
  const { signal } = deadline.limitRequest(60_000);
  const asleep = deadline.sleep(60_000);
  deadline.fail(50);
  await asleep;
  assert.equal(deadline.isCancelled, true);
  // A read that is cut off now could leave an unknown lease.
  assert.equal(signal.aborted, false);
  await aborted(signal);
});

Deno.test("cancel() ends requests at once, also later ones", () => {
  const deadline = new Deadline(60_000);
  const { signal } = deadline.limitRequest(60_000);
  assert.equal(signal.aborted, false);
  deadline.cancel();
  assert.equal(signal.aborted, true);
  assert.equal(deadline.limitRequest(60_000).signal.aborted, true);
});

Deno.test("limitRequest() ends a request at its own limit, and not when it was released", async () => {
  const deadline = new Deadline(60_000);
  const released = deadline.limitRequest(1);
  const running = deadline.limitRequest(20);
  released.release();
  await aborted(running.signal);
  assert.equal(released.signal.aborted, false);
  assert.equal(deadline.isCancelled, false);
  deadline.cancel();
  assert.equal(released.signal.aborted, false);
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve())
  );
}
