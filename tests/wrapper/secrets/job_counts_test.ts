/** Jobs are counted once each, and one that nobody wants any more has not failed. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { JobCounts } from "@/wrapper/secrets/job_counts.ts";

Deno.test("jobs are counted by kind, with failures and time", async () => {
  const counts = new JobCounts(["fetch", "renew"]);
  const always = () => true;
  const fail = () => Promise.reject(new Error("no"));
  equal(await counts.count("fetch", () => Promise.resolve(7), always), 7);
  await rejects(counts.count("fetch", fail, always), /^Error: no$/);
  await rejects(counts.count("fetch", fail, () => false), /^Error: no$/);
  const found = counts.counts.map(({ seconds: _, ...rest }) => rest);
  deepEqual(found, [
    { job: "fetch", runs: 3, failures: 1 },
    { job: "renew", runs: 0, failures: 0 },
  ]);
});

Deno.test("the time of an job is its own", async () => {
  const counts = new JobCounts(["fetch"]);
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
  await counts.count("fetch", wait, () => true);
  const [fetch] = counts.counts;
  ok(fetch && fetch.seconds >= 0.05 && fetch.seconds < 5);
});
