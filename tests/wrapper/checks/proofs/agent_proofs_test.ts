/** ebpf_connected and kprobes_active pass with an honest agent and fail with lies. */
import assert from "node:assert/strict";
import type { Host } from "@/wrapper/checks/machine/host.ts";
import {
  describeAttempt,
  FakeAgent,
  FakeWorld,
  refusedByKernel,
} from "../agent/fake_agent.ts";
import { makeProcHost } from "../fake_machine.ts";
import { judge, makeLink, meet, onOp, PID } from "../agent/meet_agent.ts";

Deno.test("an honest agent passes both checks", async () => {
  assert.deepEqual(await meet({ mode: "bpf lsm + kprobe override" }), {
    connected: "in_force: Agent pod cloudtaser-ebpf-4f7a on same node",
    synchronous:
      "in_force: Synchronous blocking enabled (bpf lsm + kprobe override)",
  });
});

Deno.test("an agent without a name is shown by its version", async () => {
  const { connected } = await meet({ twist: ({ name: _, ...rest }) => rest });
  assert.equal(connected, "in_force: Agent 0.1.0 on same node");
});

const OPEN = { errno: 0, signal: 0 };
const REFUSED = { errno: 1, signal: 0 };
const KILLED = { errno: 0, signal: 9 };

Deno.test("the attack on an unprivileged wrapper goes to its decoy process", async () => {
  const world = new FakeWorld();
  world.before = refusedByKernel(OPEN);
  world.after = refusedByKernel(REFUSED);
  assert.match((await meet({ world })).synchronous, /^in_force/);
  assert.deepEqual(world.asked.map(({ onDecoy }) => onDecoy), [
    false,
    true,
    true,
  ]);
});

Deno.test("unknown if the kernel alone blocks the attack", async () => {
  const world = new FakeWorld();
  world.before = world.after = refusedByKernel(REFUSED);
  const { connected, synchronous } = await meet({ world });
  assert.match(connected, /^in_force/);
  assert.equal(
    synchronous,
    "unknown: cannot be proven: the kernel alone refuses the probe attack here",
  );
});

Deno.test("an agent that claims to block and does not fails both checks", async () => {
  const world = new FakeWorld();
  world.after = { wrapper: OPEN, decoy: OPEN };
  assert.deepEqual(await meet({ world }), {
    connected:
      "absent: agent claims to enforce, but the probe attack succeeded: take the node out of service",
    synchronous: "absent: probe attack succeeded: the agent does not block",
  });
});

Deno.test("an agent that kills after the attack does not block synchronously", async () => {
  const world = new FakeWorld();
  world.after = { wrapper: KILLED, decoy: KILLED };
  const { connected, synchronous } = await meet({ world });
  assert.match(connected, /^in_force/);
  assert.equal(
    synchronous,
    "absent: probe attack was killed after the fact, not refused: see the agent's log",
  );
});

Deno.test("reactive kill: the reason names the kernel option if it is known", async () => {
  const config =
    "\nCONFIG_PROC_FS=y\n# CONFIG_BPF_KPROBE_OVERRIDE is not set\n";
  const world = new FakeWorld();
  world.after = { wrapper: KILLED, decoy: KILLED };
  await using agent = new FakeAgent({ pid: PID, world, mode: "reactive kill" });
  const link = makeLink(agent.path, world);
  const without = await judge(link, await makeConfigHost(config));
  assert.match(without.connected, /^in_force/);
  assert.equal(
    without.synchronous,
    "absent: CONFIG_BPF_KPROBE_OVERRIDE not set",
  );
  const lsm = await judge(
    link,
    await makeConfigHost(`${config}CONFIG_BPF_LSM=y\nCONFIG_LSM="yama,bpf"\n`),
  );
  assert.equal(
    lsm.synchronous,
    "absent: agent fell back to reactive kill: see its log",
  );
  const unsaid = await judge(link);
  assert.equal(
    unsaid.synchronous,
    "absent: agent fell back to reactive kill: see its log",
  );
  link.close();
});

/** A host whose /proc/config.gz holds a text. */
async function makeConfigHost(config: string): Promise<Host> {
  const stream = new Blob([config]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  return {
    ...makeProcHost("6.18-vm"),
    sizeOf: (path) => {
      if (path !== "/proc/config.gz") throw new Deno.errors.NotFound(path);
      return packed.length;
    },
    readPart: () => packed,
  };
}

Deno.test("an agent in detect mode passes one check", async () => {
  const world = new FakeWorld();
  world.after = { wrapper: OPEN, decoy: OPEN };
  const { connected, synchronous } = await meet({ world, mode: "detect only" });
  assert.match(connected, /^in_force/);
  assert.equal(synchronous, "absent: agent only detects (--mode=detect)");
});

Deno.test("false reports pass no check", async () => {
  const invented = [{
    comm: "ctaaaaaaaaaaaaa",
    vector: "process_vm_readv",
    blocked: true,
  }];
  for (const attacks of [[], invented, [{ comm: 7 }], [null, "x"]]) {
    const { connected, synchronous } = await meet({
      twist: onOp("proof", () => ({ attacks })),
    });
    assert.equal(
      connected,
      "absent: probe attack was not reported within 500 ms: see the agent's log",
    );
    assert.match(synchronous, /^unknown: .*did not report/);
  }
});

Deno.test("reports that differ from the attack pass no check", async () => {
  type Told = { comm: string; vector: string; blocked: boolean };
  const lies: [string, (told: Told[], world: FakeWorld) => Told[]][] = [
    // An agent that only reads the names from /proc does not know what each of them did.
    ["invented", (told, world) => [
      ...told,
      ...world.records.at(-1)?.steps.filter(({ atVictim }) => !atVictim)
        .slice(0, 1).map((step) => describeAttempt(step, true)) ?? [],
    ]],
    [
      "invented",
      (told) =>
        told.map((one, index) =>
          index === 0 ? { ...one, vector: "proc_maps" } : one
        ),
    ],
    [
      "invented",
      (told) =>
        told.flatMap((one) =>
          ["proc_mem", "process_vm_readv", "pidfd_getfd"]
            .map((vector) => ({ ...one, vector }))
        ),
    ],
    ["missing", (told) => told.slice(0, -1)],
  ];
  for (const [kind, lie] of lies) {
    const world = new FakeWorld();
    const { connected, synchronous } = await meet({
      world,
      twist: onOp("proof", ({ attacks }) => ({
        attacks: lie(attacks as Told[], world),
      })),
    });
    assert.equal(
      connected,
      kind === "invented"
        ? "absent: agent reported attacks that did not happen: take the node out of service"
        : "absent: probe attack was not reported within 500 ms: see the agent's log",
    );
    assert.match(synchronous, /^unknown: .*did not report/);
  }
});

Deno.test("interception of system calls fails both checks and is named", async () => {
  const cases = [
    [
      { tracers: [0, 77, 0] },
      /^absent: this process is traced by process 77 \("liar"\)$/,
    ],
    [{ tracers: [0, 0, 78] }, /^absent: this process is traced by process 78$/],
    [
      { tracers: [-13, 0, 0] },
      /^absent: cannot read the tracer of this process: EACCES$/,
    ],
    [
      { inherited: 1 },
      /^absent: this process is traced from outside its PID namespace$/,
    ],
    [
      { traceme: 1, inherited: 1 },
      /^absent: this process is traced from outside/,
    ],
    [{ inherited: 110 }, /^absent: a child did not start in time: /],
    [{ listener: 16 }, /^absent: another process holds a seccomp listener/],
    [{ listener: 71 }, /^absent: seccomp\(2\) claims success/],
    [
      { listener: 1 },
      /^absent: cannot rule out a seccomp listener: seccomp\(2\) fails with EPERM/,
    ],
  ] as const;
  for (const [found, reason] of cases) {
    for (const from of ["the control", "the attack"]) {
      const world = new FakeWorld();
      if (from === "the control") world.found = found;
      const { connected, synchronous } = await meet({
        world,
        twist: (answer) => {
          world.found = found;
          return answer;
        },
      });
      assert.match(connected, reason, from);
      assert.match(synchronous, reason, from);
    }
  }
});

Deno.test("a child that starts late, as on a busy node, is tried again", async () => {
  for (const from of ["the control", "the attack"]) {
    const world = new FakeWorld();
    let left = from === "the control" ? 1 : 2;
    const attack = world.attack.bind(world);
    world.attack = async (ways, onDecoy) => {
      const record = await attack(ways, onDecoy);
      return --left === 0 ? { ...record, inherited: 110 } : record;
    };
    assert.match((await meet({ world })).connected, /^in_force/, from);
  }
});

Deno.test("a failed TRACEME is ignored where ptrace is forbidden", async () => {
  const world = new FakeWorld();
  world.found = { traceme: 1, inherited: 1, filtered: 1 };
  assert.match((await meet({ world })).connected, /^in_force/);
});

Deno.test("a failed control on the attacker itself fails both checks", async () => {
  const world = new FakeWorld();
  const attack = world.attack.bind(world);
  world.attack = async (ways, onDecoy) => {
    const record = await attack(ways, onDecoy);
    const steps = record.steps.map((step) =>
      step.atVictim ? step : { ...step, end: 1 }
    );
    return world.isProtected ? { ...record, steps } : record;
  };
  const { connected, synchronous } = await meet({ world });
  assert.match(
    connected,
    /^absent: a process cannot read its own memory \(EPERM\)/,
  );
  assert.match(synchronous, /^absent: a process cannot read its own memory/);
});

Deno.test("reported but not blocked is not synchronous blocking", async () => {
  const { connected, synchronous } = await meet({
    twist: onOp("proof", ({ attacks }) => ({
      attacks: (attacks as { comm: string }[])
        .map((attack) => ({ ...attack, blocked: "yes" })),
    })),
  });
  assert.match(connected, /^in_force/);
  assert.match(synchronous, /^unknown: .*did not report/);
});

Deno.test("a report within the time limit passes", async () => {
  let asked = 0;
  const { connected } = await meet({
    twist: onOp("proof", () => ++asked < 5 ? { attacks: [] } : {}),
  });
  assert.match(connected, /^in_force/);
});

Deno.test("an agent that protects another process does not pass", async () => {
  const unlisted = "absent: agent does not list this process: see its log";
  for (
    const change of [{ pid: 4711 }, { protected: false }, { protected: "true" }]
  ) {
    const { connected } = await meet({ twist: onOp("protect", () => change) });
    assert.equal(connected, unlisted);
  }
  const forgot = await meet({
    twist: onOp("proof", () => ({ protected: false })),
  });
  assert.equal(forgot.connected, unlisted);
});
