/**
 * The agent of the compiled binary on this machine's kernel, with a real wrapper
 * and real attackers. The kernel decides which backend works; the tests assert
 * that each report is true for it. (On the build machine only reactive kill
 * works; tests/enforcement has the other backends.)
 */
import assert from "node:assert/strict";
import { hasBpfLsm } from "@ffi";
import { eventually } from "../../support/eventually.ts";
import { NodeAgent } from "../../support/agent/node_agent.ts";
import { PodCgroup } from "../../support/agent/pod_cgroup.ts";
import {
  attack,
  LOSS,
  pidOf,
  startApplication,
  SYNCHRONOUS,
} from "../../support/agent/protected_application.ts";

Deno.test("a wrapper scores the agent, and an attack is refused, audited and counted", async () => {
  await using agent = await NodeAgent.start();
  await using application = startApplication(agent);
  const pid = await pidOf(application);
  const status = await agent.status();
  const isSynchronous = SYNCHRONOUS.some((backend) =>
    status.enforcer.mode.includes(backend)
  );
  const log = application.stderr.text;
  assert.match(log, /ebpf_connected: OK \(\+10\)/);
  assert.ok(log.includes(`Protection score: ${isSynchronous ? 75 : 65}/75`));
  if (!isSynchronous) {
    const missing = "CONFIG_BPF_KPROBE_OVERRIDE not set";
    const isMissing = status.enforcer.backends.some((
      { name, reason }: { name: string; reason: string },
    ) => name === "kprobe override" && reason === missing);
    const reason = isMissing && hasBpfLsm() === false
      ? missing
      : "agent fell back to reactive kill: see its log";
    assert.ok(log.includes(`kprobes_active: FAIL (+0) ${reason}`), log);
  }
  const thief = await attack(pid);
  assert.equal(thief.success, false);
  assert.ok(!new TextDecoder().decode(thief.stdout).includes(LOSS));
  assert.equal(thief.signal, isSynchronous ? null : "SIGKILL");
  await agent.process.waitForLog(/ vector=proc_environ /);
  const [line] = agent.audit.filter((l) => l.target_pid === pid);
  assert.equal(line.action, isSynchronous ? "blocked" : "killed");
  assert.equal(line.attacker_comm, "cat");
  assert.equal(line.attacker_uid, 0);
  assert.match(line.attacker_exe, /(^|\/)cat$/);
  const metrics = await eventually(
    () => agent.page("/metrics"),
    (text) =>
      /^cloudtaser_agent_process_trees 1$/m.test(text) &&
      // Counted every five seconds.
      /^cloudtaser_agent_protected_processes [2-9]$/m.test(text),
  );
  const attacks =
    `attacks_total{vector="proc_environ",action="${line.action}"}`;
  assert.ok(metrics.includes(`${attacks} 1\n`), metrics);
  // The proofs, one a second, are no attacks.
  await application.waitForLog(/Protection score/);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  // The kubelet of a cluster beside this test looks at every process.
  const others = agent.audit.filter((line) =>
    line.target_pid !== pid && line.attacker_comm !== "kubelet"
  );
  assert.deepEqual(others, []);
  const [tree] = (await agent.status()).processTrees.list;
  assert.equal(tree.pid, application.pid);
  await application.stop();
  await eventually(
    async () => (await agent.status()).processTrees.count,
    (count) => count === 0,
  );
});

Deno.test("creat, which opens files too, is refused or ends the attacker", async () => {
  await using agent = await NodeAgent.start();
  await using application = startApplication(agent);
  const pid = await pidOf(application);
  const code = "import ctypes, sys\n" +
    `sys.exit(ctypes.CDLL(None).creat(b"/proc/${pid}/mem", 0) < 0)`;
  const thief = await new Deno.Command("python3", { args: ["-c", code] })
    .output();
  assert.equal(thief.success, false);
  await agent.process.waitForLog(/ vector=proc_mem /);
});

Deno.test("an audit line has pod and container of both sides, also of a dead attacker", async () => {
  using victims = new PodCgroup();
  using thieves = new PodCgroup();
  await using agent = await NodeAgent.start();
  await using application = startApplication(agent, victims);
  const pid = await pidOf(application);
  const line = `echo $$ > ${thieves.procs}; exec cat /proc/${pid}/environ`;
  await new Deno.Command("sh", { args: ["-c", line] }).output();
  await agent.process.waitForLog(/ vector=proc_environ /);
  const [told] = agent.audit.filter((line) => line.target_pid === pid);
  assert.equal(told.attacker_pod_uid, thieves.podUid);
  assert.equal(told.attacker_container_id, thieves.containerId);
  assert.equal(told.target_pod_uid, victims.podUid);
  assert.equal(told.target_container_id, victims.containerId);
  const [tree] = (await agent.status()).processTrees.list;
  assert.equal(tree.podUid, victims.podUid);
  await application.stop();
});

Deno.test("detect mode reports attacks, blocks none, and gives no points for kprobes_active", async () => {
  await using agent = await NodeAgent.start({
    args: ["--mode=detect", "--log-format=json"],
  });
  const { stderr } = agent.process;
  assert.match(
    stderr.text,
    /: 0 vectors active \(detect only\); \d+ monitored/,
  );
  await using application = startApplication(agent);
  const pid = await pidOf(application);
  const log = application.stderr.text;
  assert.match(log, /ebpf_connected: OK/);
  assert.match(log, /kprobes_active: FAIL \(\+0\) agent only detects \(--mode/);
  const watcher = await attack(pid);
  assert.ok(new TextDecoder().decode(watcher.stdout).includes(LOSS));
  await agent.process.waitForLog(/"action":"seen"/);
  assert.equal(agent.audit[0].vector, "proc_environ");
  await application.stop();
});

/** The agent's answer to `bytes` on a new connection, until it closes. */
async function provoke(socket: string, bytes: Uint8Array): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path: socket });
  const reading = new Response(connection.readable).text().catch(() => "");
  try {
    for (let sent = 0; sent < bytes.length;) {
      sent += await connection.write(bytes.subarray(sent));
    }
  } catch {
    // The agent may close before it has read everything.
  }
  return await reading;
}

Deno.test("hostile peers get at most one line, and do not affect others", async () => {
  await using agent = await NodeAgent.start();
  await using application = startApplication(agent);
  await application.waitForLog(/ebpf_connected: OK/);
  const encode = (text: string) => new TextEncoder().encode(text);
  const garbages = ["hello?\n", "{}\n", '{"op":"shutdown"}\n'];
  for (const garbage of [...garbages, "\n", "\0\n"]) {
    const answer = await provoke(agent.socket, encode(garbage));
    assert.match(answer, /^\{"op":"error","reason":"[^"]+"\}\n$/, garbage);
  }
  // The agent closes with two lines unread, which the kernel reports as a reset.
  assert.equal(await provoke(agent.socket, encode("\n\n\n")), "");
  const huge = new Uint8Array(10 << 20).fill(0x61);
  assert.equal(await provoke(agent.socket, huge), "");
  const before = application.stderr.text.length;
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.ok(!application.stderr.text.slice(before).includes("FAIL"));
  assert.equal((await agent.status()).connections, 1);
  await application.stop();
});
