/** Which jobs of the test runner run beside each other. */
import assert from "node:assert/strict";
import { runInLanes } from "../../tools/test/lanes.ts";

/** Starts and ends, as they happen, of jobs that end when they are told to. */
function play(loads: readonly number[], capacity: number) {
  const events: string[] = [];
  const ends = loads.map(() => Promise.withResolvers<void>());
  const jobs = loads.map((load, id) => ({ load, id }));
  const done = runInLanes(jobs, capacity, async ({ id }) => {
    events.push(`+${id}`);
    await ends[id]?.promise;
    events.push(`-${id}`);
  });
  return { events, ends, done };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("lanes: as many as fit, later ones that fit before others", async () => {
  const { events, ends, done } = play([1, 0.5, 1, 0.5, 2], 2);
  assert.deepEqual(events, ["+0", "+1", "+3"]);
  ends[0]?.resolve();
  await settle();
  assert.deepEqual(events.slice(3), ["-0", "+2"]);
  for (const id of [1, 2, 3]) ends[id]?.resolve();
  await settle();
  assert.deepEqual(events.slice(5), ["-1", "-2", "-3", "+4"]);
  ends[4]?.resolve();
  await done;
  assert.equal(events.length, 10);
});

Deno.test("lanes: an error ends the run, after what runs", async () => {
  const { events, ends, done } = play([1, 1, 1], 2);
  const rejected = assert.rejects(done, /broken/);
  ends[0]?.reject(new Error("broken"));
  await settle();
  assert.deepEqual(events, ["+0", "+1"]);
  ends[1]?.resolve();
  await rejected;
  assert.deepEqual(events, ["+0", "+1", "-1"]);
});
