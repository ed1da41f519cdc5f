/** What earns ebpf_connected and kprobes_active, and that lies do not. */
import assert from "node:assert/strict";
import type { Host } from "@/probe/host.ts";
import { FakeAgent, FakeWorld, refusedByKernel } from "./fake_agent.ts";
import { makeProcHost } from "./fake_machine.ts";
import { judge, makeLink, meet, PID } from "./meet_agent.ts";

Deno.test("an honest agent earns both checks", async () => {
  assert.deepEqual(await meet({ mode: "bpf lsm + kprobe override" }), {
    connected: "in_force: Agent pod cloudtaser-ebpf-4f7a on same node",
    synchronous:
      "in_force: Synchronous blocking enabled (bpf lsm + kprobe override)",
  });
});

Deno.test("an agent without a name is called by its version", async () => {
  const { connected } = await meet({
    twist: ({ name: _, ...rest }) => rest,
  });
  assert.equal(connected, "in_force: Agent 0.1.0 on same node");
});

Deno.test("an unprivileged wrapper is judged by its twin", async () => {
  const world = new FakeWorld();
  world.before = refusedByKernel({ errno: 0, signal: 0 });
  world.after = refusedByKernel({ errno: 1, signal: 0 });
  assert.match((await meet({ world })).synchronous, /^in_force/);
});

Deno.test("a refusal that the kernel may have made alone is unknown", async () => {
  const world = new FakeWorld();
  world.before = refusedByKernel();
  world.after = refusedByKernel();
  const { connected, synchronous } = await meet({ world });
  assert.match(connected, /^in_force/);
  assert.equal(
    synchronous,
    "unknown: cannot be proven: the kernel alone refuses the probe attack here",
  );
  world.before = world.after = refusedByKernel({ errno: 1, signal: 0 });
  assert.match((await meet({ world })).synchronous, /^unknown/);
});

Deno.test("an agent that says it blocks and does not is found out", async () => {
  const world = new FakeWorld();
  world.after = { errno: 0, signal: 0 };
  const { connected, synchronous } = await meet({ world });
  assert.equal(
    connected,
    "absent: agent says it enforces, and the probe attack succeeded",
  );
  assert.equal(
    synchronous,
    "absent: probe attack succeeded: the agent does not block",
  );
});

Deno.test("an agent that kills instead of refusing is found out", async () => {
  const world = new FakeWorld();
  world.after = { errno: 0, signal: 9 };
  const { connected, synchronous } = await meet({ world });
  assert.match(connected, /^in_force/);
  assert.equal(
    synchronous,
    "absent: probe attack was killed after the fact, not refused",
  );
});

Deno.test("reactive kill: the reason is the kernel's where that is known", async () => {
  const config =
    "\nCONFIG_PROC_FS=y\n# CONFIG_BPF_KPROBE_OVERRIDE is not set\n";
  const world = new FakeWorld();
  world.after = { errno: 0, signal: 9 };
  await using agent = new FakeAgent({ pid: PID, world, mode: "reactive kill" });
  const link = makeLink(agent.path, world);
  const without = await judge(link, await makeConfigHost(config));
  assert.match(without.connected, /^in_force/);
  assert.equal(
    without.synchronous,
    "absent: CONFIG_BPF_KPROBE_OVERRIDE not set",
  );
  const unsaid = await judge(link);
  assert.equal(unsaid.synchronous, "absent: agent fell back to reactive kill");
  link.close();
});

/** A host whose /proc/config.gz holds a text. */
async function makeConfigHost(config: string): Promise<Host> {
  const stream = new Blob([config]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  return {
    ...makeProcHost("6.18-vm"),
    sizeOf: () => packed.length,
    readPart: () => packed,
  };
}

Deno.test("an agent that was told to refuse nothing earns one check", async () => {
  const world = new FakeWorld();
  world.after = { errno: 0, signal: 0 };
  const { connected, synchronous } = await meet({ world, mode: "detect only" });
  assert.match(connected, /^in_force/);
  assert.equal(synchronous, "absent: agent only detects (--mode=detect)");
});

Deno.test("lies about the attack earn nothing", async () => {
  const invented = [{
    comm: "ctaaaaaaaaaaaaa",
    vector: "process_vm_readv",
    blocked: true,
  }];
  for (const attacks of [[], invented, [{ comm: 7 }], [null, "x"]]) {
    const { connected, synchronous } = await meet({
      twist: (answer) =>
        answer.op === "proof" ? { ...answer, attacks } : answer,
    });
    assert.equal(
      connected,
      "absent: probe attack was not reported within 500 ms",
    );
    assert.match(synchronous, /^unknown: .*did not report/);
  }
});

Deno.test("seen but not blocked is no synchronous blocking", async () => {
  const { connected, synchronous } = await meet({
    twist: (answer) =>
      answer.op === "proof"
        ? {
          ...answer,
          attacks: (answer.attacks as { comm: string }[])
            .map((attack) => ({ ...attack, blocked: "yes" })),
        }
        : answer,
  });
  assert.match(connected, /^in_force/);
  assert.match(synchronous, /^unknown: .*did not report/);
});

Deno.test("an agent that reports late, but in time, is believed", async () => {
  let asked = 0;
  const { connected } = await meet({
    twist: (answer) =>
      answer.op === "proof" && ++asked < 5
        ? { ...answer, attacks: [] }
        : answer,
  });
  assert.match(connected, /^in_force/);
});

Deno.test("an agent that protects somebody else does not protect us", async () => {
  const unlisted = "absent: agent does not list this process";
  for (
    const change of [{ pid: 4711 }, { protected: false }, { protected: "true" }]
  ) {
    const { connected } = await meet({
      twist: (answer) =>
        answer.op === "protect" ? { ...answer, ...change } : answer,
    });
    assert.equal(connected, unlisted);
  }
  const forgot = await meet({
    twist: (answer) =>
      answer.op === "proof" ? { ...answer, protected: false } : answer,
  });
  assert.equal(forgot.connected, unlisted);
});
