/** Every job is counted once, and a failure after its end was requested does not count as one. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { listCounters } from "@/base/metric.ts";
import { countJob } from "@/wrapper/secrets/job_counts.ts";

/** Values of one of the counters by job. */
function read(name: string): Record<string, number> {
  const counter = listCounters().find((one) =>
    one.name === `cloudtaser_${name}_total`
  );
  return Object.fromEntries(
    counter?.samples.map(({ labels, value }) => [labels?.job, value]) ?? [],
  );
}

Deno.test("jobs are counted by kind, with failures and time", async () => {
  const zero = { fetch: 0, renew: 0, revoke: 0 };
  for (const name of ["fetches", "fetch_failures", "fetch_seconds"]) {
    deepEqual(read(name), zero, name);
  }
  const fail = () => Promise.reject(new Error("no"));
  equal(await countJob("fetch", () => Promise.resolve(7), () => true), 7);
  await rejects(countJob("fetch", fail, () => true), /^Error: no$/);
  await rejects(countJob("fetch", fail, () => false), /^Error: no$/);
  deepEqual(read("fetches"), { ...zero, fetch: 3 });
  deepEqual(read("fetch_failures"), { ...zero, fetch: 1 });
});

Deno.test("a job's time is added to its kind", async () => {
  const before = read("fetch_seconds").renew ?? NaN;
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
  await countJob("renew", wait, () => true);
  const seconds = (read("fetch_seconds").renew ?? NaN) - before;
  ok(seconds >= 0.05 && seconds < 5, `${seconds}`);
});
