/** An enforcer that dies, stammers, says nothing or never comes up. */
import assert from "node:assert/strict";
import { FakeEnforcer, makeEvent, makeReady } from "./fake_enforcer.ts";
import { RunningAgent, soon } from "./run_agent.ts";
import { Enforcer } from "@/agent/enforcer/enforcer.ts";
import { runJob } from "@/agent/enforcer/one_job.ts";

Deno.test("a dead enforcer is told of, and the next one is started with growing pauses", async () => {
  await using running = new RunningAgent();
  await running.ready();
  await running.enforcer.say({ t: "open", id: 7, pid: 1, uid: 0, nspid: 1 });
  await soon(() => running.agent.state().connections === 1);
  const times: number[] = [];
  for (let life = 1; life <= 4; life++) {
    times.push(performance.now());
    running.enforcer.end({ code: 137, signal: 9 });
    await soon(() => running.enforcers.length > life);
    // Its connections were the old one's.
    assert.equal(running.agent.state().connections, 0);
    assert.equal(running.agent.state().ready, undefined);
  }
  const told = running.log.filter((line) =>
    line.startsWith("error: No enforcer")
  );
  assert.equal(
    told[0],
    "error: No enforcer: the enforcer ended (killed by SIGKILL); what is pinned stays in force; starting it again in 10ms",
  );
  assert.deepEqual(told.map((line) => line.match(/in (\d+ms)$/)?.[1]), [
    "10ms",
    "20ms",
    "40ms",
    "40ms",
  ]);
  await running.ready({ adopted: true, members: 2 });
  assert.equal(running.agent.state().restarts, 4);
  assert.ok(
    running.log.some((line) => line.includes("2 processes were protected")),
  );
});

Deno.test("where nothing is pinned its end leaves nobody protected, and that is said", async () => {
  await using running = new RunningAgent();
  await running.ready({ pinned: false });
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  assert.ok(running.log.includes(
    "error: No enforcer: the enforcer ended (exit 0); nothing was pinned: nobody is protected until an agent runs; starting it again in 10ms",
  ));
  assert.match(running.agent.rest, /^nothing was pinned/);
});

const ONLY_REACTIVE = [
  { name: "bpf lsm", state: "absent", reason: "not in lsm=" },
  { name: "reactive kill", state: "passed", reason: "" },
] as const;

Deno.test("a node that only kills afterwards, or pins nothing, is worth a warning", async () => {
  await using running = new RunningAgent();
  await running.ready();
  assert.deepEqual(running.log.filter((l) => l.startsWith("warning")), []);
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  await running.ready({
    mode: "reactive kill",
    tiers: ONLY_REACTIVE,
    pinned: false,
  });
  await soon(() => running.log.some((l) => l.includes("not pinned")));
  const warnings = running.log.filter((l) => l.startsWith("warning"));
  assert.match(warnings[0] ?? "", /Enforcement: .*\(reactive kill\)/);
  assert.match(warnings[1] ?? "", /not pinned: protection ends/);
  assert.equal(warnings.length, 2);
});

Deno.test("who was told to refuse nothing is not warned that nothing is refused", async () => {
  await using running = new RunningAgent();
  await running.ready({
    mode: "detect only",
    enforcing: false,
    tiers: ONLY_REACTIVE,
  });
  await soon(() => running.log.some((l) => l.includes("exec into")));
  assert.deepEqual(running.log.filter((l) => l.startsWith("warning")), []);
});

Deno.test("what it says of its own end is what the operator reads", async () => {
  const running = new RunningAgent();
  await running.enforcer.say({
    t: "fatal",
    reason: "the kernel refuses BPF",
    remedy: "grant CAP_BPF",
  });
  running.enforcer.end({ code: 77, signal: 0 });
  assert.deepEqual(await running.ended, {
    t: "fatal",
    reason: "the kernel refuses BPF",
    remedy: "grant CAP_BPF",
    code: 77,
  });
  await running[Symbol.asyncDispose]();
});

Deno.test("who was never ready is not started again", async () => {
  const running = new RunningAgent();
  running.enforcer.end({ code: 1, signal: 0 });
  const end = await running.ended;
  assert.equal(end?.reason, "the enforcer ended (exit 1)");
  assert.equal(running.enforcers.length, 1);
  await running[Symbol.asyncDispose]();
});

Deno.test("a line that is none of ours ends it", async () => {
  for (const garbage of ["hello", "[]", "null", '{"t":"x"}', ""]) {
    await using running = new RunningAgent();
    await running.ready();
    await running.enforcer.say(garbage);
    await soon(() => running.enforcers.length === 2);
    assert.match(running.log.join("\n"), /said what is no line of ours/);
  }
});

Deno.test("the agent stops while no enforcer lives", async () => {
  await using running = new RunningAgent();
  await running.ready();
  running.enforcer.end();
  await soon(() => running.agent.state().ready === undefined);
  const begin = performance.now();
  running.agent.stop();
  assert.equal(await running.ended, undefined);
  assert.ok(performance.now() - begin < 1000);
});

Deno.test("the kernel's numbers count what no event told of, from the agent's begin on", async () => {
  await using running = new RunningAgent();
  await running.ready();
  const stats = (count: number) => ({
    t: "stats",
    members: 2,
    families: 1,
    counts: { process_vm_readv: count },
  });
  const counted = () =>
    Object.fromEntries(
      running.agent.state().counts
        .filter(({ vector }) => vector === "process_vm_readv")
        .map(({ action, count }) => [action, count]),
    );
  // 40: an earlier agent's, and the self-test's.
  await running.enforcer.say(
    stats(40),
    makeEvent(),
    makeEvent({ self: true }),
    makeEvent({ action: "killed" }),
    stats(43),
  );
  await soon(() => "killed" in counted());
  assert.deepEqual(counted(), { blocked: 1, killed: 1 });
  await running.enforcer.say(stats(50), { t: "lost", count: 7 });
  await soon(() => running.agent.state().eventsLost === 7);
  assert.deepEqual(counted(), { blocked: 8, killed: 1 });
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  await running.ready();
  await running.enforcer.say(stats(2), makeEvent(), stats(3), stats(4), {
    t: "lost",
    count: 1,
  });
  await soon(() => running.agent.state().eventsLost === 8);
  assert.deepEqual(counted(), { blocked: 10, killed: 1 });
});

Deno.test("it is asked for its numbers at once", async () => {
  await using running = new RunningAgent();
  await running.ready();
  await soon(() => running.enforcer.heard.includes("stats"));
});

Deno.test("who does not read what it is told is ended, and holds nobody up", async () => {
  const enforcer = new FakeEnforcer();
  const { process } = enforcer;
  let isEnded = false;
  const deaf = new Enforcer({
    channel: process.channel,
    ended: process.ended,
    end: () => {
      isEnded = true;
      process.end();
    },
  });
  const ended = deaf.listen(() => {});
  const line = "x".repeat(100);
  for (let i = 0; i < 30_000; i++) deaf.say(line);
  const { reason } = await ended;
  assert.match(reason, /does not read/);
  assert.ok(isEnded);
  await enforcer.finished();
});

Deno.test("an job is over when it is done", async () => {
  const checked = new FakeEnforcer();
  const checking = runJob(checked.process);
  await checked.say(makeReady());
  checked.end();
  assert.equal((await checking).ready?.mode, "bpf lsm");
  const removed = new FakeEnforcer();
  const removing = runJob(removed.process);
  await removed.say({ t: "fatal", reason: "sealed", remedy: "reboot" });
  removed.end({ code: 77, signal: 0 });
  const { end, ready } = await removing;
  assert.equal(ready, undefined);
  assert.equal(end.reason, "sealed");
  await Promise.all([checked.finished(), removed.finished()]);
});
