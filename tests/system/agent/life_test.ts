/** The agent is killed, restarted, stopped, or cannot write its log. Pinned protection stays. */
import assert from "node:assert/strict";
import { BpfTable } from "./bpf_table.ts";
import { eventually } from "../../support/eventually.ts";
import { freePort } from "../../../tools/free_port.ts";
import { NodeAgent } from "../../support/agent/node_agent.ts";
import {
  attack,
  inFolder,
  LOSS,
  pidOf,
  startApplication,
} from "../../support/agent/protected_application.ts";
import { runWrapper, WRAPPER } from "../../support/wrapper.ts";

/** A process tree without a live process. */
const GHOSTS = 4242;

Deno.test("the agent is killed and restarted: wrappers notice both, pinned protection stays", () =>
  inFolder(async (folder) => {
    const first = new NodeAgent({ folder });
    await first.ready();
    await using application = startApplication(first);
    const pid = await pidOf(application);
    await application.waitForLog(/ebpf_connected: OK/);
    assert.equal((await first.status()).enforcer.pinned, true);
    await first[Symbol.asyncDispose]();
    await application.waitForLog(/ebpf_connected: FAIL/);
    const thief = await attack(pid);
    assert.equal(thief.success, false);
    assert.ok(!new TextDecoder().decode(thief.stdout).includes(LOSS));
    await using second = new NodeAgent({ folder });
    await second.ready();
    await application.waitForLog(/ebpf_connected: OK/, { count: 2 });
    const status = await second.status();
    assert.equal(status.enforcer.adopted, true);
    assert.equal(status.processTrees.list[0].pid, application.pid);
    assert.equal((await attack(pid)).success, false);
    await application.stop();
  }));

Deno.test("the enforcer is killed: the agent logs the reason, restarts it and continues", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
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
    assert.match(
      await agent.page("/metrics"),
      /enforcer_restarts_total 1/,
    );
    await application.stop();
  }));

Deno.test("a protected process whose end went unnoticed is removed, and an empty process tree ends", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    await using application = startApplication(agent);
    const pid = await pidOf(application);
    const tables = `${folder}/bpf/pins/maps-3`;
    const processes = new BpfTable(`${tables}/processes`);
    const trees = new BpfTable(`${tables}/process_trees`);
    // An unused pid, and a pid of another process.
    const ghosts = [await pidOfEnded(), Deno.pid];
    trees.write(GHOSTS, words(ghosts.length, Deno.pid));
    for (const ghost of ghosts) {
      processes.write(ghost, words(1, 0, GHOSTS, Deno.pid));
    }
    for (const ghost of ghosts) {
      await eventually(() => processes.read(ghost), (it) => it === undefined);
    }
    assert.equal(trees.read(GHOSTS), undefined);
    assert.ok(processes.read(pid), "who lives stays");
    assert.equal((await attack(pid)).success, false);
    await application.stop();
    await eventually(
      async () => (await agent.status()).processTrees.count,
      (count) => count === 0,
    );
  }));

Deno.test("TERM ends it with status 0, and its socket is gone", () =>
  inFolder(async (folder) => {
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    const { code } = await agent.process.stop();
    assert.equal(code, 0);
    await eventually(() => exists(agent.socket), (there) => !there);
  }));

/** Starts it with a standard error that is closed, or whose reader has ended. */
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

Deno.test("--remove removes the pins", () =>
  inFolder(async (folder) => {
    const pins = `${folder}/bpf/pins`;
    await using agent = new NodeAgent({ folder });
    await agent.ready();
    assert.equal((await agent.status()).enforcer.pinned, true);
    await agent.process.stop();
    assert.match(agent.process.stderr.text, /pinned programs stay in force/);
    assert.equal(exists(pins), true);
    const args = ["agent", "--remove", `--pins=${pins}`];
    const { code, stderr } = await runWrapper({ args });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /All pins are removed/);
    assert.equal(exists(pins), false);
    const again = await runWrapper({ args });
    assert.equal(again.code, 71, again.stderr);
    assert.match(again.stderr, /no pins at /);
  }));

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Little-endian 32-bit words, as in c/bpf/state.h. */
function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

async function pidOfEnded(): Promise<number> {
  const process = new Deno.Command("true").spawn();
  await process.status;
  return process.pid;
}
