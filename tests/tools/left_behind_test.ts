/**
 * The runner's comparison of the machine before and after: what a job leaves is
 * named, and ended or deleted where it is certainly the job's. The control is a
 * job that leaves nothing.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { eventually } from "../support/eventually.ts";
import { MachineWatch } from "../../tools/test/machine_watch.ts";
import { ProcessWatch } from "../../tools/test/processes.ts";
import { runJob } from "../../tools/test/run_job.ts";

const GRACE_MS = 300;
const SHM = "/dev/shm/ct-left-behind";

const JOB = {
  name: "leaves",
  group: "leaves",
  paths: ["tests/testdata/runner/leaves.ts"],
  load: 1,
};

/** What is reported of a job that leaves these things. */
async function reportOf(leave: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ct-runner-" });
  Deno.env.set("LEAVE", leave);
  try {
    using watch = new ProcessWatch(GRACE_MS);
    const machine = await MachineWatch.start(folder);
    machine.begin("one");
    machine.begin("two");
    const options = { folder, watch, isLive: false };
    const { passed, failures } = await runJob(JOB, options);
    assert.equal(passed, 1);
    await machine.end("one");
    const differences = (await machine.differences(GRACE_MS)).map(({ text }) =>
      text
    );
    // Other programs of this machine may change it meanwhile.
    const own = differences.filter((text) => text.includes(SHM));
    return [...failures.map(({ text }) => text), ...own].join("\n");
  } finally {
    Deno.env.delete("LEAVE");
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("left behind: nothing is reported of a job that leaves nothing", async () => {
  assert.equal(await reportOf(""), "");
});

Deno.test("left behind: a folder and processes are named, and gone after that", async () => {
  const report = await reportOf("folder process nameless");
  assert.match(report, /^left folder kept \(empty\)$/m);
  assert.match(report, /^left process \d+: sleep 3210$/m);
  assert.match(report, /^left process \d+: \S+nameless 4321$/m);
  for (const [, pid] of report.matchAll(/process (\d+):/g)) {
    // The kernel ends a killed process when it next runs it.
    await eventually(
      () => Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ""),
      (status) => !/\((sleep|nameless)\) [^Z]/.test(status),
    );
  }
});

Deno.test("a file whose tests did not run fails its job", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-runner-" });
  try {
    using watch = new ProcessWatch(GRACE_MS);
    const job = { ...JOB, paths: ["tests/testdata/runner/exits.ts"] };
    const result = await runJob(job, { folder, watch, isLive: false });
    assert.deepEqual(result.failures.map(({ text }) => text), [
      "no test of tests/testdata/runner/exits.ts ran",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testAsRoot(
  "left behind: a mount and a file elsewhere are named with the groups that ran",
  async () => {
    try {
      assert.deepEqual((await reportOf("shm mount")).split("\n").sort(), [
        `file ${SHM}; since one or two`,
        `mount ${SHM} (tmpfs); since one or two`,
      ]);
    } finally {
      new Deno.Command("umount", { args: [SHM] }).outputSync();
      Deno.removeSync(SHM);
    }
  },
);
