/** How many wrappers are asked at once: few as long as all answer, more where some keep silent, never too many. */
import assert from "node:assert/strict";
import { probeAll } from "@/fleet/collect/probe.ts";
import {
  MOST_PARALLEL,
  PARALLEL,
  type Session,
} from "@/fleet/kubernetes/session.ts";
import { makeAnswer } from "./answers.ts";

const TARGETS = Array.from({ length: 600 }, (_, index) => ({
  namespace: "production",
  pod: `web-${index}`,
  port: 8199,
}));

/** Asks all through a session of the test's own. @returns how many were asked at once at most */
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

Deno.test("as long as all answer so many are asked at once", async () => {
  const soon = () => new Promise<void>((done) => setTimeout(done, 1));
  assert.equal(await askThrough(soon), PARALLEL);
});

Deno.test("silence is not waited for: others are asked meanwhile, up to a limit", async () => {
  // Nobody answers before as many wait as may.
  const { promise, resolve } = Promise.withResolvers<void>();
  const most = await askThrough((underWay) => {
    if (underWay >= MOST_PARALLEL) resolve();
    return promise;
  });
  assert.equal(most, MOST_PARALLEL);
});

Deno.test("asking ends at once when it is interrupted", async () => {
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
