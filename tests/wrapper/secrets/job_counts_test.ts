/** Every job is counted once, and a failure after its end was requested does not count as one. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { listCounters } from "@/base/metric.ts";
import { countJob } from "@/wrapper/secrets/job_counts.ts";

const COUNT = "fetch_duration_seconds_count";
const SUM = "fetch_duration_seconds_sum";

/** Values by job of a metric, with its suffix. */
function read(name: string): Record<string, number> {
  const samples = listCounters().flatMap((metric) =>
    metric.samples.filter(({ suffix = "" }) =>
      `${metric.name}${suffix}` === `cloudtaser_${name}`
    )
  );
  return Object.fromEntries(
    samples.map(({ labels, value }) => [labels?.job, value]),
  );
}

Deno.test("jobs are counted by kind, with failures and time", async () => {
  const zero = { fetch: 0, renew: 0, revoke: 0 };
  for (const name of [COUNT, SUM, "fetch_failures_total"]) {
    deepEqual(read(name), zero, name);
  }
  const fail = () => Promise.reject(new Error("no"));
  equal(await countJob("fetch", () => Promise.resolve(7), () => true), 7);
  await rejects(countJob("fetch", fail, () => true), /^Error: no$/);
  await rejects(countJob("fetch", fail, () => false), /^Error: no$/);
  deepEqual(read(COUNT), { ...zero, fetch: 3 });
  deepEqual(read("fetch_failures_total"), { ...zero, fetch: 1 });
});

Deno.test("a job's time is added to its kind", async () => {
  const before = read(SUM).renew ?? NaN;
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
  await countJob("renew", wait, () => true);
  const seconds = (read(SUM).renew ?? NaN) - before;
  ok(seconds >= 0.05 && seconds < 5, `${seconds}`);
});
