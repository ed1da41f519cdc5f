/** The link to an agent that stammers, floods, sleeps, dies or is not there. */
import assert from "node:assert/strict";
import { AgentLink, compare } from "@/probe/agent_link.ts";
import { MAX_LINE_BYTES } from "@/probe/agent_protocol.ts";
import { FakeAgent, FakeWorld } from "./fake_agent.ts";
import { judge, makeLink, meet, PID } from "./meet_agent.ts";

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

Deno.test("an agent that is late once, on a busy node, is asked again", async () => {
  for (const op of ["hello", "protect", "proof"]) {
    let isLate = true;
    const { connected } = await meet({
      twist: (answer) => {
        const isDropped = isLate && answer.op === op;
        if (isDropped) isLate = false;
        return isDropped ? undefined : answer;
      },
    });
    assert.match(connected, /^in_force/, op);
  }
});

Deno.test("a silent agent costs a second, not more", async () => {
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
