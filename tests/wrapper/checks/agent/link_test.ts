/** The link to an agent that sends garbage, floods, is silent, dies or is missing. */
import assert from "node:assert/strict";
import { AgentLink } from "@/wrapper/checks/agent/link.ts";
import { MAX_LINE_BYTES } from "@/protocol/agent.ts";
import { refuseAgentOwner } from "@/wrapper/checks/agent/owner.ts";
import { makeHost } from "../fake_machine.ts";
import { FakeAgent, FakeWorld } from "./fake_agent.ts";
import { judge, makeLink, meet, onOp, PID } from "./meet_agent.ts";

Deno.test("an answer with an old nonce is rejected", async () => {
  for (const op of ["hello", "proof"]) {
    const { connected, synchronous } = await meet({
      twist: onOp(op, () => ({ nonce: "x" })),
    });
    assert.equal(connected, "absent: agent did not return the nonce");
    assert.match(synchronous, /^absent: no working agent/);
  }
});

Deno.test("garbage and floods give a reason and never throw", async () => {
  const huge = new Uint8Array(4 << 20).fill(65);
  const cases: [string | Uint8Array, RegExp][] = [
    ["hello?\n", /not send a JSON object/],
    ["[1]\n", /not send a JSON object/],
    ["null\n", /not send a JSON object/],
    [new Uint8Array([0xff, 0xfe, 0, 10]), /not send a JSON object/],
    ['{"op":"error","reason":"\\u001b[2Jgo away"}\n', /rejected the request$/],
    [huge, /a line over 64 KiB/],
    ['{"op":"hello"}\n{"op":"hello"}\n', /more than one line/],
    ["{}\n", /did not return the nonce/],
  ];
  for (const [answer, reason] of cases) {
    const { connected } = await meet({ twist: () => answer });
    assert.match(connected, /^absent: /);
    assert.match(connected, reason);
  }
});

Deno.test("a line of exactly 64 KiB is accepted", async () => {
  const { connected } = await meet({
    twist: (answer) => {
      const text = JSON.stringify({ ...answer, pad: "" });
      const pad = "x".repeat(MAX_LINE_BYTES - text.length - 1);
      return `${JSON.stringify({ ...answer, pad })}\n`;
    },
  });
  assert.match(connected, /^in_force/);
});

Deno.test("an agent that is late once, as on a busy node, is asked again", async () => {
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

Deno.test("a silent agent costs at most two timeouts", async () => {
  const begin = performance.now();
  const { connected } = await meet({ twist: () => undefined });
  assert.equal(connected, "absent: agent did not answer within 500 ms");
  assert.ok(performance.now() - begin < 2000);
});

Deno.test("without an agent both checks give the reason", async () => {
  const world = new FakeWorld();
  const folder = Deno.makeTempDirSync();
  const nowhere = `${folder}/agent.sock`;
  assert.deepEqual(await judge(makeLink(nowhere, world)), {
    connected: `absent: no agent socket at ${nowhere}`,
    synchronous:
      "absent: no agent; kernel support for synchronous blocking is unknown",
  });
  Deno.writeTextFileSync(nowhere, "");
  const plain = await judge(makeLink(nowhere, world));
  assert.equal(plain.connected, `absent: no agent listens at ${nowhere}`);
  const long = await judge(makeLink(`/${"x".repeat(260)}`, world));
  assert.match(long.connected, /^absent: agent socket .* cannot be used$/);
  assert.equal(world.asked.length, 0);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("the link detects a closed connection and reconnects", async () => {
  const world = new FakeWorld();
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/agent.sock`;
  const first = new FakeAgent({ pid: PID, world, path });
  const link = makeLink(first.path, world);
  assert.equal((await link.connect()).connected, true);
  assert.match((await judge(link)).connected, /^in_force/);
  first.hangUp();
  assert.match((await judge(link)).connected, /^in_force/);
  await first[Symbol.asyncDispose]();
  assert.match((await judge(link)).connected, /^absent: no agent/);
  assert.equal(link.state.connected, false);
  await using second = new FakeAgent({ pid: PID, world, path });
  const again = await judge(link);
  assert.match(again.connected, /^in_force/);
  assert.match(again.synchronous, /^in_force/);
  assert.equal(second.requests[1]?.op, "protect");
  link.close();
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("connect() runs the control attack, then registers once", async () => {
  const world = new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, world });
  const link = makeLink(agent.path, world);
  await Promise.all([link.connect(), link.connect(), link.connect()]);
  const ops = agent.requests.map(({ op }) => op);
  assert.equal(ops.filter((op) => op === "protect").length, 1);
  assert.equal(world.asked.length, 1);
  assert.equal(link.state.protected, true);
  assert.equal(link.state.hello?.vectors, 23);
  link.close();
});

Deno.test("an attack that throws gives a reason", async () => {
  const world = new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, world });
  const link = new AgentLink({
    socket: agent.path,
    pid: PID,
    refuseOwner: () => undefined,
    findInterference: () => undefined,
    attack: () => Promise.reject(new Error("ETIMEDOUT")),
  });
  const { connected } = await judge(link);
  assert.equal(connected, "absent: probe attack could not be carried out");
  link.close();
});

Deno.test("sends nothing to an agent of the wrong user", async () => {
  const world = new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, world });
  const owner = (uid: number) => refuseAgentOwner(uid, 4711, makeHost({}));
  const link = new AgentLink({
    socket: agent.path,
    pid: PID,
    refuseOwner: owner,
    findInterference: () => undefined,
    attack: (ways, onDecoy) => world.attack(ways, onDecoy),
  });
  const { connected } = await judge(link);
  assert.equal(
    connected,
    `absent: agent socket ${agent.path} is served by user ${Deno.uid()}, not by 4711 (CLOUDTASER_AGENT_UID)`,
  );
  assert.equal(agent.requests.length, 0);
});

Deno.test("by default the agent must be root of the initial user namespace", () => {
  const initial = makeHost({
    "/proc/self/uid_map": "         0          0 4294967295\n",
  });
  const inner = makeHost({
    "/proc/self/uid_map": "         0     100000      65536\n",
  });
  assert.equal(refuseAgentOwner(0, undefined, initial), undefined);
  assert.match(
    refuseAgentOwner(65532, undefined, initial) ?? "",
    /served by user 65532, not by root; .*CLOUDTASER_AGENT_UID=65532/,
  );
  assert.match(
    refuseAgentOwner(0, undefined, inner) ?? "",
    /this pod has its own user namespace, so user \d+ cannot be verified/,
  );
  assert.match(refuseAgentOwner(0, undefined, makeHost({})) ?? "", /namespace/);
  assert.equal(refuseAgentOwner(65534, 65534, inner), undefined);
});
