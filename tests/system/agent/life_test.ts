/** The agent is killed, restarted or stopped, or its log is not read. Protection stays in force where it is pinned. */
import assert from "node:assert/strict";
import { BpfTable } from "./bpf_table.ts";
import { eventually } from "../../support/eventually.ts";
import { freePort } from "../../../tools/free_port.ts";
import { inFolder, NodeAgent } from "../../support/agent/node_agent.ts";
import {
  attack,
  LOSS,
  pidOf,
  startApplication,
} from "../../support/agent/protected_application.ts";
import { runWrapper, WRAPPER } from "../../support/wrapper.ts";

/** A process tree without a live process. */
const GHOSTS = 4242;

Deno.test("an agent is killed and the next one starts: wrappers notice both, and pinned protection stays", () =>
  inFolder(async (folder) => {
    const first = await NodeAgent.start({ folder });
    await using application = startApplication(first);
    const pid = await pidOf(application);
    await application.waitForLog(/ebpf_connected: OK/);
    assert.equal((await first.status()).enforcer.pinned, true);
    await first[Symbol.asyncDispose]();
    await application.waitForLog(/ebpf_connected: FAIL/);
    const thief = await attack(pid);
    assert.equal(thief.success, false);
    assert.ok(!new TextDecoder().decode(thief.stdout).includes(LOSS));
    await using second = await NodeAgent.start({ folder });
    await application.waitForLog(/ebpf_connected: OK/, { count: 2 });
    const status = await second.status();
    assert.equal(status.enforcer.adopted, true);
    assert.equal(status.processTrees.list[0].pid, application.pid);
    assert.equal((await attack(pid)).success, false);
    await application.stop();
  }));

Deno.test("an enforcer that is killed is logged and restarted", async () => {
  await using agent = await NodeAgent.start();
  await using application = startApplication(agent);
  await application.waitForLog(/ebpf_connected: OK/);
  Deno.kill(agent.enforcerPid, "SIGKILL");
  await agent.process.waitForLog(
    /No enforcer: the enforcer ended \(killed by SIGKILL\); pinned programs stay in force; restarting it in 1s/,
  );
  await agent.process.waitForLog(/Enforcement:/, { count: 2 });
  await eventually(
    async () => (await agent.status()).connections,
    (count) => count === 1,
  );
  assert.match(await agent.page("/metrics"), /enforcer_restarts_total 1/);
  await application.stop();
});

Deno.test("a protected process whose end went unnoticed is removed, and an empty process tree ends", async () => {
  await using agent = await NodeAgent.start();
  await using application = startApplication(agent);
  const pid = await pidOf(application);
  const tables = `${agent.folder}/bpf/pins/maps-3`;
  const processes = new BpfTable(`${tables}/processes`);
  const trees = new BpfTable(`${tables}/process_trees`);
  // A pid without a process, and the pid of another process.
  const ghosts = [await pidOfEnded(), Deno.pid];
  await trees.write(GHOSTS, ghosts.length, Deno.pid);
  for (const ghost of ghosts) {
    await processes.write(ghost, 1, 0, GHOSTS, Deno.pid);
  }
  for (const ghost of ghosts) {
    await eventually(() => processes.has(ghost), (isThere) => !isThere);
  }
  assert.equal(await trees.has(GHOSTS), false);
  assert.ok(await processes.has(pid), "a live process stays");
  assert.equal((await attack(pid)).success, false);
  await application.stop();
  await eventually(
    async () => (await agent.status()).processTrees.count,
    (count) => count === 0,
  );
});

Deno.test("TERM ends it with status 0 and removes its socket", async () => {
  await using agent = await NodeAgent.start();
  const { code } = await agent.process.stop();
  assert.equal(code, 0);
  await eventually(() => exists(agent.socket), (there) => !there);
});

/** Starts an agent whose standard error is closed, or has no reader. */
function startWithoutLog(kind: "closed" | "broken", args: string[]) {
  if (kind === "closed") {
    const line = `exec ${WRAPPER} ${args.join(" ")} 2>&-`;
    return new Deno.Command("sh", { args: ["-c", line] }).spawn();
  }
  const process = new Deno.Command(WRAPPER, { args, stderr: "piped" }).spawn();
  void process.stderr.cancel();
  return process;
}

for (const kind of ["closed", "broken"] as const) {
  Deno.test(`a standard error that is ${kind} does not block it`, () =>
    inFolder(async (folder) => {
      const listen = `127.0.0.1:${freePort()}`;
      const process = startWithoutLog(kind, [
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

Deno.test("--remove removes the pins", async () => {
  await using agent = await NodeAgent.start();
  const pins = `${agent.folder}/bpf/pins`;
  assert.equal((await agent.status()).enforcer.pinned, true);
  await agent.process.stop();
  assert.match(agent.process.stderr.text, /pinned programs stay in force/);
  assert.equal(await exists(pins), true);
  const args = ["agent", "--remove", `--pins=${pins}`];
  const { code, stderr } = await runWrapper({ args });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /All pins are removed/);
  assert.equal(await exists(pins), false);
  const again = await runWrapper({ args });
  assert.equal(again.code, 71, again.stderr);
  assert.match(again.stderr, /no pins at /);
});

function exists(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

async function pidOfEnded(): Promise<number> {
  const process = new Deno.Command("true").spawn();
  await process.status;
  return process.pid;
}
