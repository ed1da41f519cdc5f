/**
 * The agent from the compiled binary on this machine's kernel, with a real
 * wrapper and real attackers. Which tier works here is the kernel's business:
 * what is asserted is that everything told is true. (On the build machine only
 * reactive kill works; the other tiers have tests/enforcement.) Nobody here may
 * look into a protected process by accident: that would be its end.
 */
import assert from "node:assert/strict";
import { VECTORS } from "@/agent/vectors.ts";
import { eventually } from "../support/eventually.ts";
import { PodCgroup } from "../support/pod_cgroup.ts";
import { makeFolder, NodeAgent, removeFolder } from "../support/node_agent.ts";
import { freePort } from "../support/free_port.ts";
import {
  runWrapper,
  startWrapper,
  WRAPPER,
  type Wrapper,
} from "../support/wrapper.ts";

const SYNCHRONOUS = ["bpf lsm", "fmod_ret", "kprobe override"];
const SECRET = "not-for-strangers";

/** An application that tells its pid and has something to lose. */
function startApplication(agent: NodeAgent, pod?: PodCgroup): Wrapper {
  pod?.enter();
  try {
    return startHere(agent);
  } finally {
    pod?.leave();
  }
}

function startHere(agent: NodeAgent): Wrapper {
  return startWrapper({
    // No exec behind the pid: a process in execve has no environment to read.
    args: ["--", "sh", "-c", "echo pid $$; sleep 60 & wait"],
    env: {
      PATH: "/usr/bin:/bin",
      SOMETHING: SECRET,
      CLOUDTASER_AGENT_SOCKET: agent.socket,
      CLOUDTASER_SCORE_INTERVAL: "1s",
    },
    timeoutMs: 120_000,
  });
}

async function pidOf(application: Wrapper): Promise<number> {
  const [, pid] = await application.waitForOutput(/pid (\d+)/);
  return Number(pid);
}

/** A root who reads the application's environment. */
async function attack(pid: number) {
  return await new Deno.Command("cat", { args: [`/proc/${pid}/environ`] })
    .output();
}

/** A place of its own for each test, and nothing left of it. */
async function inFolder(test: (folder: string) => Promise<void>) {
  const folder = makeFolder();
  try {
    await test(folder);
  } finally {
    removeFolder(folder);
  }
}

Deno.test("a wrapper proves the agent, an attacker is met, and all of it is told", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    await using application = startApplication(agent);
    const pid = await pidOf(application);
    const status = await agent.status();
    const isSynchronous = SYNCHRONOUS.some((tier) =>
      status.enforcer.mode.includes(tier)
    );
    const log = application.stderr.text;
    assert.match(log, /ebpf_connected: OK \(\+10\)/);
    if (isSynchronous) assert.match(log, /Protection score: 75\/75/);
    else {
      assert.match(log, /Protection score: 65\/75/);
      assert.match(
        log,
        /kprobes_active: FAIL \(\+0\) (CONFIG_BPF_KPROBE_OVERRIDE not set|agent fell back to reactive kill)/,
      );
    }
    const thief = await attack(pid);
    assert.equal(thief.success, false);
    assert.ok(!new TextDecoder().decode(thief.stdout).includes(SECRET));
    assert.equal(thief.signal, isSynchronous ? null : "SIGKILL");
    await agent.process.waitForLog(/"vector":"proc_environ"/);
    const [line] = agent.audit.filter((l) => l.target.pid === pid);
    assert.equal(line.action, isSynchronous ? "blocked" : "killed");
    assert.equal(line.attacker.comm, "cat");
    assert.equal(line.attacker.uid, 0);
    assert.match(line.attacker.exe, /(^|\/)cat$/);
    const metrics = await eventually(
      () => agent.page("/metrics"),
      (text) => /^cloudtaser_agent_families 1$/m.test(text),
    );
    assert.match(
      metrics,
      new RegExp(
        `attacks_total{vector="proc_environ",action="${line.action}"} 1\\n`,
      ),
    );
    assert.match(metrics, /^cloudtaser_agent_protected_processes [2-9]$/m);
    // The proofs, one a second, are no attacks.
    await application.waitForLog(/Protection score/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(agent.audit.filter((l) => l.target.pid !== pid).length, 0);
    const [family] = (await agent.status()).families.list;
    assert.equal(family.pid, application.pid);
    await application.stop();
    await eventually(
      async () => (await agent.status()).families.count,
      (count) => count === 0,
    );
  }));

Deno.test("both sides of an attack are told with pod and container, dead or alive", () =>
  inFolder(async (folder) => {
    using victims = new PodCgroup();
    using thieves = new PodCgroup();
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    await using application = startApplication(agent, victims);
    const pid = await pidOf(application);
    const line = `echo $$ > ${thieves.procs}; exec cat /proc/${pid}/environ`;
    await new Deno.Command("sh", { args: ["-c", line] }).output();
    await agent.process.waitForLog(/"vector":"proc_environ"/);
    const [told] = agent.audit.filter(({ target }) => target.pid === pid);
    assert.equal(told.attacker.podUid, thieves.podUid);
    assert.equal(told.attacker.containerId, thieves.containerId);
    assert.equal(told.target.podUid, victims.podUid);
    assert.equal(told.target.containerId, victims.containerId);
    const [family] = (await agent.status()).families.list;
    assert.equal(family.podUid, victims.podUid);
    await application.stop();
  }));

Deno.test("the agent is killed and comes back: wrappers notice both, protection stays where it is pinned", () =>
  inFolder(async (folder) => {
    const first = new NodeAgent({ folder });
    await first.ready();
    await using application = startApplication(first);
    const pid = await pidOf(application);
    await application.waitForLog(/ebpf_connected: OK/);
    const { pinned } = (await first.status()).enforcer;
    await first[Symbol.asyncDispose]();
    await application.waitForLog(/ebpf_connected: FAIL/);
    if (pinned) {
      const thief = await attack(pid);
      assert.ok(!new TextDecoder().decode(thief.stdout).includes(SECRET));
    }
    await using second = new NodeAgent({ folder });
    await second.ready();
    await application.waitForLog(/ebpf_connected: OK/, { count: 2 });
    const status = await second.status();
    assert.equal(status.enforcer.adopted, pinned);
    assert.equal(status.families.list[0].pid, application.pid);
    assert.equal((await attack(pid)).success, false);
    await application.stop();
  }));

Deno.test("the enforcer is killed: the agent says why, starts the next, and goes on", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    await using application = startApplication(agent);
    await application.waitForLog(/ebpf_connected: OK/);
    Deno.kill(agent.enforcerPid, "SIGKILL");
    await agent.process.waitForLog(
      /No enforcer: the enforcer ended \(killed by SIGKILL\); what is pinned stays in force, starting it again in 1s/,
    );
    await agent.process.waitForLog(/Enforcement:/, { count: 2 });
    await eventually(
      async () => (await agent.status()).connections,
      (count) => count === 1,
    );
    assert.match(
      await agent.page("/metrics"),
      /enforcer_restarts_total 1/,
    );
    await application.stop();
  }));

Deno.test("TERM ends it within a second, with status 0, and its socket is gone", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    const begin = performance.now();
    const { code } = await agent.process.stop();
    assert.equal(code, 0);
    assert.ok(performance.now() - begin < 1000);
    await eventually(() => exists(agent.socket), (there) => !there);
  }));

Deno.test("detect mode refuses nothing, tells everything, and earns no kprobes_active", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder, args: ["--mode=detect"] });
    await agent.ready();
    assert.match(
      agent.process.stderr.text,
      /Enforcement: 0 vectors active \(detect only\); \d+ are watched/,
    );
    await using application = startApplication(agent);
    const pid = await pidOf(application);
    assert.match(application.stderr.text, /ebpf_connected: OK/);
    assert.match(
      application.stderr.text,
      /kprobes_active: FAIL \(\+0\) agent only detects \(--mode=detect\)/,
    );
    const watcher = await attack(pid);
    assert.ok(new TextDecoder().decode(watcher.stdout).includes(SECRET));
    await agent.process.waitForLog(/"action":"seen"/);
    assert.equal(agent.audit[0].vector, "proc_environ");
    await application.stop();
  }));

/** Starts it with a standard error that is closed, or that nobody reads any more. */
function startUnheard(kind: "closed" | "broken", args: string[]) {
  if (kind === "closed") {
    const line = `exec ${WRAPPER} ${args.join(" ")} 2>&-`;
    return new Deno.Command("sh", { args: ["-c", line] }).spawn();
  }
  const process = new Deno.Command(WRAPPER, { args, stderr: "piped" }).spawn();
  void process.stderr.cancel();
  return process;
}

for (const kind of ["closed", "broken"] as const) {
  Deno.test(`a standard error that is ${kind} does not hold it up`, () =>
    inFolder(async (folder) => {
      const listen = `127.0.0.1:${freePort()}`;
      const process = startUnheard(kind, [
        "agent",
        `--socket=${folder}/agent.sock`,
        "--pins=none",
        `--listen=${listen}`,
      ]);
      try {
        await eventually(
          () => fetch(`http://${listen}/readyz`).then((r) => r.text(), String),
          (text) => text === "ok\n",
        );
      } finally {
        process.kill("SIGTERM");
        assert.equal((await process.status).code, 0);
      }
    }));
}

Deno.test("--check tells of this kernel, and its status is what it says", () =>
  inFolder(async () => {
    const { code, stdout } = await runWrapper({ args: ["agent", "--check"] });
    for (const { id } of VECTORS) {
      assert.match(stdout, new RegExp(`^${id} +(refused|killed|open)`, "m"));
    }
    const isSynchronous = SYNCHRONOUS.some((tier) =>
      new RegExp(`^${tier} +passed`, "m").test(stdout)
    );
    assert.equal(code, isSynchronous ? 0 : 77);
  }));

Deno.test("--remove takes the pins away", () =>
  inFolder(async (folder) => {
    const pins = `${folder}/bpf/pins`;
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    const { pinned } = (await agent.status()).enforcer;
    await agent.process.stop();
    assert.equal(exists(pins), pinned);
    const { code, stderr } = await runWrapper({
      args: ["agent", "--remove", `--pins=${pins}`],
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /All pins are removed/);
    assert.equal(exists(pins), false);
  }));

Deno.test("what cannot be is one line with its remedy, and the exit status says whose mistake it is", async () => {
  const cases: [string[], number, RegExp][] = [
    [["--mode=on"], 78, /CLOUDTASER_AGENT_MODE is "on": give enforce, detect/],
    [["--lock=on", "--pins=none"], 78, /the lock must outlive the agent/],
    [["--nope"], 64, /--nope is no flag/],
    [["extra"], 64, /agent takes flags only/],
    [["--check", "--remove"], 64, /not both/],
    [["--socket=/nowhere/at/all.sock"], 71, /No enforcer: \/nowhere/],
  ];
  for (const [args, expected, words] of cases) {
    const { code, stderr } = await runWrapper({ args: ["agent", ...args] });
    assert.equal(code, expected, stderr);
    assert.match(stderr, words);
    if (expected !== 71) assert.equal(stderr.trim().split("\n").length, 1);
  }
});

Deno.test("without the right to load BPF it says so and ends", async () => {
  const { code, stderr } = await runWrapper({
    args: ["agent", "--pins=none", "--socket=/tmp/h5.sock"],
    uid: 65_534,
  });
  assert.equal(code, 71);
  assert.match(stderr, /No enforcer: /);
});

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
