/** Errands are counted once each, and one that nobody wants any more has not failed. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { ErrandTally } from "@/wrapper/secrets/job_counts.ts";

Deno.test("errands are counted by kind, with failures and time", async () => {
  const tally = new ErrandTally(["fetch", "renew"]);
  const always = () => true;
  const fail = () => Promise.reject(new Error("no"));
  equal(await tally.count("fetch", () => Promise.resolve(7), always), 7);
  await rejects(tally.count("fetch", fail, always), /^Error: no$/);
  await rejects(tally.count("fetch", fail, () => false), /^Error: no$/);
  const counts = tally.counts.map(({ seconds: _, ...rest }) => rest);
  deepEqual(counts, [
    { errand: "fetch", runs: 3, failures: 1 },
    { errand: "renew", runs: 0, failures: 0 },
  ]);
});

Deno.test("the time of an errand is its own", async () => {
  const tally = new ErrandTally(["fetch"]);
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
  await tally.count("fetch", wait, () => true);
  const [fetch] = tally.counts;
  ok(fetch && fetch.seconds >= 0.05 && fetch.seconds < 5);
});
