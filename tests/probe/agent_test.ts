/**
 * ebpf_connected and kprobes_active against a fake agent on a real socket:
 * honest, lying, stammering, slow, dying.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { AgentLink, compare } from "@/probe/agent_link.ts";
import { proveAgent, proveSynchronous } from "@/probe/agent_proof.ts";
import {
  MAX_LINE_BYTES,
  parseHello,
  parseLine,
  parseProof,
  parseProtected,
} from "@/probe/agent_protocol.ts";
import type { Host } from "@/probe/host.ts";
import {
  FakeAgent,
  type FakeAgentOptions,
  FakeWorld,
  refusedByKernel,
} from "./fake_agent.ts";
import { makeProcHost, makeRound, makeSubject } from "./fake_machine.ts";

const PID = 1;

interface Verdicts {
  readonly connected: string;
  readonly synchronous: string;
}

/** One round of both checks over a link. */
async function judge(link: AgentLink, host?: Host): Promise<Verdicts> {
  const round = makeRound({
    subject: makeSubject({ agent: link }),
    host: host ?? makeProcHost("6.18-vm"),
  });
  const [connected, synchronous] = [
    await proveAgent(round),
    await proveSynchronous(round),
  ].map(({ state, reason, detail }) => `${state}: ${reason}${detail}`);
  return { connected: connected ?? "", synchronous: synchronous ?? "" };
}

/** Runs a round with a new agent and a new link. */
async function meet(
  options: Partial<FakeAgentOptions> & { world?: FakeWorld } = {},
): Promise<Verdicts> {
  const world = options.world ?? new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, ...options, world });
  const link = makeLink(agent.path, world);
  try {
    return await judge(link);
  } finally {
    link.close();
  }
}

function makeLink(socket: string, world: FakeWorld): AgentLink {
  return new AgentLink({
    socket,
    pid: PID,
    attack: (name) => world.attack(name),
  });
}

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
  const { synchronous } = await meet({ world });
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

Deno.test("an old nonce is no answer", async () => {
  for (const op of ["hello", "proof"]) {
    const { connected, synchronous } = await meet({
      twist: (answer) => answer.op === op ? { ...answer, nonce: "x" } : answer,
    });
    assert.equal(connected, "absent: agent did not answer a fresh nonce");
    assert.match(synchronous, /^absent: no working agent/);
  }
});

Deno.test("garbage and floods are bounded and never thrown", async () => {
  const huge = new Uint8Array(4 << 20).fill(65);
  const cases: [string | Uint8Array, RegExp][] = [
    ["hello?\n", /no JSON object/],
    ["[1]\n", /no JSON object/],
    ["null\n", /no JSON object/],
    [new Uint8Array([0xff, 0xfe, 0, 10]), /no JSON object/],
    ['{"op":"error","reason":"\\u001b[2Jgo away"}\n', /refused the request$/],
    [huge, /a line over 64 KiB/],
    ['{"op":"hello"}\n{"op":"hello"}\n', /more than was asked/],
    ["{}\n", /fresh nonce/],
  ];
  for (const [answer, reason] of cases) {
    const { connected } = await meet({ twist: () => answer });
    assert.match(connected, /^absent: /);
    assert.match(connected, reason);
  }
});

Deno.test("a line of exactly 64 KiB is taken", async () => {
  const { connected } = await meet({
    twist: (answer) => {
      const text = JSON.stringify({ ...answer, pad: "" });
      const pad = "x".repeat(MAX_LINE_BYTES - text.length - 1);
      return `${JSON.stringify({ ...answer, pad })}\n`;
    },
  });
  assert.match(connected, /^in_force/);
});

Deno.test("a silent agent costs half a second, not more", async () => {
  const begin = performance.now();
  const { connected } = await meet({ twist: () => undefined });
  assert.equal(connected, "absent: agent did not answer within 500 ms");
  assert.ok(performance.now() - begin < 2000);
});

Deno.test("without an agent both checks say why", async () => {
  const world = new FakeWorld();
  const folder = Deno.makeTempDirSync();
  const nowhere = `${folder}/agent.sock`;
  assert.deepEqual(await judge(makeLink(nowhere, world)), {
    connected: `absent: no agent socket at ${nowhere}`,
    synchronous:
      "absent: no agent; kernel support for synchronous blocking is not known",
  });
  Deno.writeTextFileSync(nowhere, "");
  const plain = await judge(makeLink(nowhere, world));
  assert.equal(plain.connected, `absent: no agent listens at ${nowhere}`);
  const long = await judge(makeLink(`/${"x".repeat(260)}`, world));
  assert.match(long.connected, /^absent: agent socket .* cannot be used$/);
  assert.equal(world.attacks.length, 0);
});

Deno.test("a link that died is made anew, and its end is noticed", async () => {
  const world = new FakeWorld();
  const first = new FakeAgent({ pid: PID, world });
  const link = makeLink(first.path, world);
  assert.equal((await link.connect()).connected, true);
  assert.match((await judge(link)).connected, /^in_force/);
  first.hangUp();
  assert.match((await judge(link)).connected, /^in_force/);
  await first[Symbol.asyncDispose]();
  assert.match((await judge(link)).connected, /^absent: no agent/);
  assert.equal(link.state.connected, false);
  await using second = new FakeAgent({ pid: PID, world, path: first.path });
  const again = await judge(link);
  assert.match(again.connected, /^in_force/);
  assert.match(again.synchronous, /^in_force/);
  assert.equal(second.requests[1]?.op, "protect");
  link.close();
});

Deno.test("connect() registers once, and before it the control attack", async () => {
  const world = new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, world });
  const link = makeLink(agent.path, world);
  await Promise.all([link.connect(), link.connect(), link.connect()]);
  const ops = agent.requests.map(({ op }) => op);
  assert.equal(ops.filter((op) => op === "protect").length, 1);
  assert.equal(world.attacks.length, 1);
  assert.equal(world.attacks[0]?.length, 15);
  assert.equal(link.state.protected, true);
  assert.equal(link.state.hello?.vectors, 23);
  link.close();
});

Deno.test("an attack that cannot be made is a reason, not an accident", async () => {
  const world = new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, world });
  const link = new AgentLink({
    socket: agent.path,
    pid: PID,
    attack: () => Promise.reject(new Error("ETIMEDOUT")),
  });
  const { connected } = await judge(link);
  assert.equal(connected, "absent: probe attack could not be made");
  link.close();
});

Deno.test("compare() trusts only an end that differs from its control", () => {
  const open = { errno: 0, signal: 0 };
  const shut = { errno: 1, signal: 0 };
  assert.equal(compare(undefined, shut).control, false);
  assert.equal(compare(open, shut).control, true);
  assert.equal(compare({ errno: 0, signal: 9 }, shut).control, false);
  assert.deepEqual(compare({ ...shut, twin: open }, { ...shut, twin: open }), {
    control: true,
    ...open,
  });
  assert.equal(compare({ ...shut, twin: open }, shut).control, false);
});

Deno.test("no answer makes the protocol's parsers throw", () => {
  const keys = fc.constantFrom(
    "op",
    "nonce",
    "version",
    "mode",
    "vectors",
    "name",
    "uptime",
    "attacks",
    "pid",
    "protected",
    "comm",
    "vector",
    "blocked",
  );
  const answers = fc.dictionary(
    keys,
    fc.oneof(fc.jsonValue(), fc.constant("hello")),
  );
  fc.assert(
    fc.property(
      fc.oneof(answers, fc.jsonValue()),
      fc.string(),
      (value, raw) => {
        parseLine(raw);
        const answer = parseLine(JSON.stringify(value));
        if (!answer) return;
        const hello = parseHello(answer, "n");
        assert.ok(hello === undefined || answer.nonce === "n");
        parseProof(answer, "n");
        parseProtected(answer, 1);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("text from the agent is one printable line of bounded length", () => {
  const answer = {
    op: "hello",
    nonce: "n",
    version: "1\n2",
    mode: "x".repeat(999),
    vectors: 1,
    name: "a\x1b[2Jb",
  };
  const hello = parseHello(answer, "n");
  assert.equal(hello?.version, "1 2");
  assert.equal(hello?.mode.length, 80);
  assert.equal(hello?.name, "a [2Jb");
});
