/** How many wrappers are queried at a time: more when some are slow, up to a limit. */
import assert from "node:assert/strict";
import { probeAll } from "@/fleet/collect/probe.ts";
import {
  MOST_PARALLEL,
  PARALLEL,
  type Session,
} from "@/fleet/kubernetes/session.ts";
import { makeAnswer } from "../answers.ts";

const TARGETS = Array.from({ length: 600 }, (_, index) => ({
  namespace: "production",
  pod: `web-${index}`,
  port: 8199,
}));

/** Probes all through a session of the test. @returns the maximum of requests at a time */
async function askThrough(
  answer: (underWay: number) => Promise<void>,
): Promise<number> {
  let underWay = 0;
  let most = 0;
  const get = async () => {
    most = Math.max(most, ++underWay);
    await answer(underWay);
    underWay--;
    return { status: 200, retryAfter: undefined, text: makeAnswer() };
  };
  const { signal } = new AbortController();
  // deno-lint-ignore no-explicit-any -- all that is asked of it is `get`
  const session = { get } as any as Session;
  const probes = await probeAll(session, TARGETS, {
    signal,
    progress: () => {},
  });
  assert.deepEqual(probes.map(({ target }) => target), TARGETS);
  assert.ok(probes.every(({ status }) => status?.score === 75));
  return most;
}

Deno.test("64 wrappers are queried at a time while all respond", async () => {
  const soon = () => new Promise<void>((done) => setTimeout(done, 1));
  assert.equal(await askThrough(soon), PARALLEL);
});

Deno.test("slow wrappers do not hold up others, up to a limit", async () => {
  // Nothing responds before the limit of requests is waiting.
  const { promise, resolve } = Promise.withResolvers<void>();
  const most = await askThrough((underWay) => {
    if (underWay >= MOST_PARALLEL) resolve();
    return promise;
  });
  assert.equal(most, MOST_PARALLEL);
});

Deno.test("an abort ends all probes at once", async () => {
  const controller = new AbortController();
  const get = () => {
    setTimeout(() => controller.abort(new Error("^C")), 1);
    return new Promise((_, reject) => {
      controller.signal.addEventListener("abort", () => reject(new Error("x")));
    });
  };
  // deno-lint-ignore no-explicit-any -- all that is asked of it is `get`
  const session = { get } as any as Session;
  const { signal } = controller;
  await assert.rejects(
    probeAll(session, TARGETS, { signal, progress: () => {} }),
    { message: "^C" },
  );
});
