/**
 * The agent from the compiled binary on this machine's kernel, with a real
 * wrapper and real attackers. The working backend depends on the kernel, so the
 * tests assert that every report is true. (On the build machine only reactive
 * kill works; tests/enforcement tests the other backends.)
 */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { NodeAgent } from "../../support/agent/node_agent.ts";
import { PodCgroup } from "../../support/agent/pod_cgroup.ts";
import {
  attack,
  inFolder,
  LOSS,
  pidOf,
  startApplication,
  SYNCHRONOUS,
} from "../../support/agent/protected_application.ts";

Deno.test("a wrapper proves the agent, an attacker is stopped, and both are reported", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    await using application = startApplication(agent);
    const pid = await pidOf(application);
    const status = await agent.status();
    const isSynchronous = SYNCHRONOUS.some((backend) =>
      status.enforcer.mode.includes(backend)
    );
    const log = application.stderr.text;
    assert.match(log, /ebpf_connected: OK \(\+10\)/);
    if (isSynchronous) assert.match(log, /Protection score: 75\/75/);
    else {
      assert.match(log, /Protection score: 65\/75/);
      const missing = "CONFIG_BPF_KPROBE_OVERRIDE not set";
      const isMissing = status.enforcer.backends.some((
        { name, reason }: { name: string; reason: string },
      ) => name === "kprobe override" && reason === missing);
      const reason = isMissing ? missing : "agent fell back to reactive kill";
      assert.ok(log.includes(`kprobes_active: FAIL (+0) ${reason}`), log);
    }
    const thief = await attack(pid);
    assert.equal(thief.success, false);
    assert.ok(!new TextDecoder().decode(thief.stdout).includes(LOSS));
    assert.equal(thief.signal, isSynchronous ? null : "SIGKILL");
    await agent.process.waitForLog(/"vector":"proc_environ"/);
    const [line] = agent.audit.filter((l) => l.target.pid === pid);
    assert.equal(line.action, isSynchronous ? "blocked" : "killed");
    assert.equal(line.attacker.comm, "cat");
    assert.equal(line.attacker.uid, 0);
    assert.match(line.attacker.exe, /(^|\/)cat$/);
    const metrics = await eventually(
      () => agent.page("/metrics"),
      (text) => /^cloudtaser_agent_process_trees 1$/m.test(text),
    );
    assert.match(
      metrics,
      new RegExp(
        `attacks_total{vector="proc_environ",action="${line.action}"} 1\\n`,
      ),
    );
    assert.match(metrics, /^cloudtaser_agent_protected_processes [2-9]$/m);
    // The proofs, one a second, do not count as attacks.
    await application.waitForLog(/Protection score/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(agent.audit.filter((l) => l.target.pid !== pid).length, 0);
    const [tree] = (await agent.status()).processTrees.list;
    assert.equal(tree.pid, application.pid);
    await application.stop();
    await eventually(
      async () => (await agent.status()).processTrees.count,
      (count) => count === 0,
    );
  }));

Deno.test("both sides of an attack are reported with pod and container, dead or alive", () =>
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
    const [record] = agent.audit.filter(({ target }) => target.pid === pid);
    assert.equal(record.attacker.podUid, thieves.podUid);
    assert.equal(record.attacker.containerId, thieves.containerId);
    assert.equal(record.target.podUid, victims.podUid);
    assert.equal(record.target.containerId, victims.containerId);
    const [tree] = (await agent.status()).processTrees.list;
    assert.equal(tree.podUid, victims.podUid);
    await application.stop();
  }));

Deno.test("detect mode refuses nothing, reports everything, and earns no kprobes_active", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder, args: ["--mode=detect"] });
    await agent.ready();
    assert.match(
      agent.process.stderr.text,
      /Enforcement: 0 vectors active \(detect only\); \d+ monitored/,
    );
    await using application = startApplication(agent);
    const pid = await pidOf(application);
    assert.match(application.stderr.text, /ebpf_connected: OK/);
    assert.match(
      application.stderr.text,
      /kprobes_active: FAIL \(\+0\) agent only detects \(--mode=detect\)/,
    );
    const watcher = await attack(pid);
    assert.ok(new TextDecoder().decode(watcher.stdout).includes(LOSS));
    await agent.process.waitForLog(/"action":"seen"/);
    assert.equal(agent.audit[0].vector, "proc_environ");
    await application.stop();
  }));

/** What comes back on a fresh connection to `bytes`, until the agent hangs up. */
async function provoke(socket: string, bytes: Uint8Array): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path: socket });
  const reading = new Response(connection.readable).text().catch(() => "");
  try {
    for (let sent = 0; sent < bytes.length;) {
      sent += await connection.write(bytes.subarray(sent));
    }
  } catch {
    // It does not have to be read to its end.
  }
  return await reading;
}

Deno.test("hostile peers get at most one line, and do not affect others", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
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
  }));
