/** Enforcers that die, send garbage, hang or never become ready. */
import assert from "node:assert/strict";
import { FakeEnforcer, makeEvent, makeReady } from "./fake_enforcer.ts";
import { RunningAgent, soon } from "./run_agent.ts";
import { Enforcer } from "@/agent/enforcer/enforcer.ts";
import { runJob } from "@/agent/jobs.ts";

Deno.test("the end of an enforcer is logged, and the next one starts after growing pauses", async () => {
  await using running = new RunningAgent();
  await running.ready();
  await running.enforcer.send({ t: "open", id: 7, pid: 1, uid: 0, nspid: 1 });
  await soon(() => running.agent.state().connections === 1);
  const times: number[] = [];
  for (let life = 1; life <= 4; life++) {
    times.push(performance.now());
    running.enforcer.end({ code: 137, signal: 9 });
    await soon(() => running.enforcers.length > life);
    // Connections end with their enforcer.
    assert.equal(running.agent.state().connections, 0);
    assert.equal(running.agent.state().ready, undefined);
  }
  const told = running.log.filter((line) =>
    line.startsWith("error: No enforcer")
  );
  assert.equal(
    told[0],
    "error: No enforcer: the enforcer ended (killed by SIGKILL); pinned programs stay in force; restarting it in 10ms",
  );
  assert.deepEqual(told.map((line) => line.match(/in (\d+ms)$/)?.[1]), [
    "10ms",
    "20ms",
    "40ms",
    "40ms",
  ]);
  await running.ready({ adopted: true, processes: 2 });
  assert.equal(running.agent.state().restarts, 4);
  assert.ok(
    running.log.some((line) => line.includes("2 processes already protected")),
  );
});

Deno.test("without pins its end protects nothing, and the log says so", async () => {
  await using running = new RunningAgent();
  await running.ready({ pinned: false });
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  assert.ok(running.log.includes(
    "error: No enforcer: the enforcer ended (exit 0); nothing is pinned: no process is protected until an agent runs; restarting it in 10ms",
  ));
  assert.match(running.agent.remainder, /^nothing is pinned/);
});

const ONLY_REACTIVE = [
  { name: "bpf lsm", state: "absent", reason: "not in lsm=" },
  { name: "reactive kill", state: "passed", reason: "" },
] as const;

Deno.test("a node that only kills afterwards, or pins nothing, gets a warning", async () => {
  await using running = new RunningAgent();
  await running.ready();
  assert.deepEqual(running.log.filter((l) => l.startsWith("warning")), []);
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  await running.ready({
    mode: "reactive kill",
    backends: ONLY_REACTIVE,
    pinned: false,
  });
  await soon(() => running.log.some((l) => l.includes("not pinned")));
  const warnings = running.log.filter((l) => l.startsWith("warning"));
  assert.match(warnings[0] ?? "", /Enforcement: .*\(reactive kill\)/);
  assert.match(warnings[1] ?? "", /not pinned: protection ends/);
  assert.equal(warnings.length, 2);
});

Deno.test("detect mode gets no warning that nothing is refused", async () => {
  await using running = new RunningAgent();
  await running.ready({
    mode: "detect only",
    enforcing: false,
    backends: ONLY_REACTIVE,
  });
  await soon(() => running.log.some((l) => l.includes("exec into")));
  assert.deepEqual(running.log.filter((l) => l.startsWith("warning")), []);
});

Deno.test("its own reason for its end reaches the operator", async () => {
  const running = new RunningAgent();
  await running.enforcer.send({
    t: "fatal",
    reason: "the kernel refuses BPF",
    remedy: "grant CAP_BPF",
  });
  running.enforcer.end({ code: 71, signal: 0 });
  assert.deepEqual(await running.ended, {
    t: "fatal",
    reason: "the kernel refuses BPF",
    remedy: "grant CAP_BPF",
    code: 71,
  });
  await running[Symbol.asyncDispose]();
});

Deno.test("an enforcer that was never ready is not restarted", async () => {
  const running = new RunningAgent();
  running.enforcer.end({ code: 1, signal: 0 });
  const end = await running.ended;
  assert.equal(end?.reason, "the enforcer ended (exit 1)");
  assert.equal(running.enforcers.length, 1);
  await running[Symbol.asyncDispose]();
});

Deno.test("an invalid message ends it", async () => {
  for (const garbage of ["hello", "[]", "null", '{"t":"x"}', ""]) {
    await using running = new RunningAgent();
    await running.ready();
    await running.enforcer.send(garbage);
    await soon(() => running.enforcers.length === 2);
    assert.match(running.log.join("\n"), /sent an invalid message/);
  }
});

Deno.test("the agent stops while no enforcer runs", async () => {
  await using running = new RunningAgent();
  await running.ready();
  running.enforcer.end();
  await soon(() => running.agent.state().ready === undefined);
  const begin = performance.now();
  running.agent.stop();
  assert.equal(await running.ended, undefined);
  assert.ok(performance.now() - begin < 1000);
});

Deno.test("the kernel's counts include lost events, from the agent's start on", async () => {
  await using running = new RunningAgent();
  await running.ready();
  const stats = (count: number) => ({
    t: "stats",
    processes: 2,
    trees: 1,
    counts: { process_vm_readv: count },
  });
  const counted = () =>
    Object.fromEntries(
      running.agent.state().counts
        .filter(({ vector }) => vector === "process_vm_readv")
        .map(({ action, count }) => [action, count]),
    );
  // 40 is the baseline: an earlier agent's attacks and the self-test's.
  await running.enforcer.send(
    stats(40),
    makeEvent(),
    makeEvent({ ownProbe: true }),
    makeEvent({ action: "killed" }),
    stats(43),
  );
  await soon(() => "killed" in counted());
  assert.deepEqual(counted(), { blocked: 1, killed: 1 });
  await running.enforcer.send(stats(50), { t: "lost", count: 7 });
  await soon(() => running.agent.state().eventsLost === 7);
  assert.deepEqual(counted(), { blocked: 8, killed: 1 });
  running.enforcer.end();
  await soon(() => running.enforcers.length === 2);
  await running.ready();
  await running.enforcer.send(stats(2), makeEvent(), stats(3), stats(4), {
    t: "lost",
    count: 1,
  });
  await soon(() => running.agent.state().eventsLost === 8);
  assert.deepEqual(counted(), { blocked: 10, killed: 1 });
});

Deno.test("its counts are requested at once", async () => {
  await using running = new RunningAgent();
  await running.ready();
  await soon(() => running.enforcer.heard.includes("stats"));
});

Deno.test("an enforcer that does not read its commands is ended, and blocks nobody", async () => {
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
  for (let i = 0; i < 30_000; i++) deaf.send(line);
  const { reason } = await ended;
  assert.match(reason, /does not read/);
  assert.ok(isEnded);
  await enforcer.finished();
});

Deno.test("loading the programs does not count as silence; silence afterwards ends the enforcer", async () => {
  const slow = new FakeEnforcer();
  const enforcer = new Enforcer(slow.process, {
    startMs: 60_000,
    silenceMs: 1,
  });
  const messages: string[] = [];
  const ended = enforcer.listen(({ t }) => messages.push(t));
  await pause(50);
  await slow.send(makeReady());
  const { reason } = await ended;
  assert.deepEqual(messages, ["ready"]);
  assert.match(reason, /^cannot read from the enforcer: .*ETIMEDOUT/);
  await slow.finished();
});

Deno.test("an enforcer that never becomes ready is ended", async () => {
  const hung = new FakeEnforcer();
  const { reason } = await new Enforcer(hung.process, {
    startMs: 1,
    silenceMs: 60_000,
  }).listen(() => {});
  assert.match(reason, /^cannot read from the enforcer: .*ETIMEDOUT/);
  await hung.finished();
});

Deno.test("a job ends with its result, or throws the enforcer's reason", async () => {
  const checked = new FakeEnforcer();
  const checking = runJob(checked.process, "ready", "Cannot check the node");
  await checked.send(makeReady());
  checked.end();
  assert.equal((await checking).mode, "bpf lsm");
  const removed = new FakeEnforcer();
  const removing = runJob(removed.process, "removed", "Cannot remove the pins");
  await removed.send({ t: "fatal", reason: "locked", remedy: "reboot" });
  removed.end({ code: 71, signal: 0 });
  await assert.rejects(removing, {
    name: "KernelError",
    message: "Cannot remove the pins: locked: reboot",
  });
  await Promise.all([checked.finished(), removed.finished()]);
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
