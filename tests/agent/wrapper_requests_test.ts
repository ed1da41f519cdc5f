/** Requests of wrappers and the agent's answers, through a fake enforcer. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseHello, parseProof, parseProtected } from "@/protocol/agent.ts";
import { parseRequest } from "@/agent/wrapper_requests.ts";
import { makeEvent } from "./fake_enforcer.ts";
import { RunningAgent, soon } from "./run_agent.ts";

const OPEN = { t: "open", id: 7, pid: 1234, uid: 65_532, nspid: 1 };
const NONCE = "0123456789abcdef0123456789abcdef";

/** An agent with one registered wrapper, tree 3, on connection 7. */
async function meet(): Promise<RunningAgent> {
  const running = new RunningAgent();
  await running.ready();
  await running.enforcer.send(OPEN);
  const asked = running.ask(7, { op: "protect" });
  await soon(() => running.enforcer.commands.includes("protect 7"));
  await running.enforcer.send({
    t: "protected",
    id: 7,
    pid: 1234,
    tree: 3,
    ok: true,
  });
  assert.equal(parseProtected(await asked as Answer, 1), true);
  return running;
}

type Answer = Record<string, unknown>;

async function proof(running: RunningAgent, id = 7) {
  const answer = await running.ask(id, { op: "proof", nonce: NONCE });
  return parseProof(answer as Answer, NONCE);
}

Deno.test("hello answers version, mode, vectors, name and uptime, as the wrapper parses them", async () => {
  await using running = await meet();
  const answer = await running.ask(7, {
    op: "hello",
    nonce: NONCE,
    protocol: 1,
  });
  assert.deepEqual(parseHello(answer as Answer, NONCE), {
    version: "0.1.0",
    mode: "bpf lsm",
    vectors: running.agent.state().active.length,
    name: "cloudtaser-agent-x",
    uptimeSeconds: 60,
  });
  assert.equal((answer as Answer).protocol, 1);
  assert.deepEqual((answer as Answer).kernel, { release: "6.12.117" });
});

Deno.test("a proof reports attacks on the process tree, the wrapper's own attack too", async () => {
  await using running = await meet();
  assert.deepEqual(await proof(running), { listed: true, attacks: [] });
  await running.enforcer.send(
    makeEvent({
      ownProbe: true,
      attacker: { comm: "ctabcdefghijklm", tree: 3 },
    }),
    makeEvent({ action: "killed" }),
    makeEvent({ target: { tree: 4 } }),
  );
  assert.deepEqual(await proof(running), {
    listed: true,
    attacks: [
      { comm: "ctabcdefghijklm", vector: "process_vm_readv", blocked: true },
      { comm: "thief", vector: "process_vm_readv", blocked: false },
    ],
  });
});

Deno.test("a flood of attacks displaces no proof from the answer, and the answer stays bounded", async () => {
  await using running = await meet();
  await running.enforcer.send(
    makeEvent({ ownProbe: true, attacker: { comm: "ctabcdefghijklm" } }),
    ...Array.from(
      { length: 2000 },
      (_, i) => makeEvent({ attacker: { comm: `flood${i}` } }),
    ),
  );
  const attacks = (await proof(running))?.attacks ?? [];
  assert.equal(attacks.length, 256);
  assert.equal(attacks[0]?.comm, "ctabcdefghijklm");
  assert.equal(attacks.at(-1)?.comm, "flood1999");
});

Deno.test("a repeated attack is listed once", async () => {
  await using running = await meet();
  await running.enforcer.send(...Array.from({ length: 50 }, () => makeEvent()));
  assert.equal((await proof(running))?.attacks.length, 1);
});

Deno.test("an unregistered peer gets no attacks, and no field changes its identity", async () => {
  await using running = await meet();
  await running.enforcer.send({ ...OPEN, id: 8, pid: 99 }, makeEvent());
  const answer = await running.ask(8, {
    op: "proof",
    nonce: NONCE,
    pid: 1234,
    id: 7,
    tree: 3,
  });
  assert.deepEqual(parseProof(answer as Answer, NONCE), {
    listed: false,
    attacks: [],
  });
});

Deno.test("a process tree that has ended is not listed", async () => {
  await using running = await meet();
  await running.enforcer.send({ t: "ended", tree: 3 });
  assert.deepEqual(await proof(running), { listed: false, attacks: [] });
});

Deno.test("a refused registration has its reason, and the connection stays", async () => {
  await using running = new RunningAgent();
  await running.ready();
  await running.enforcer.send(OPEN);
  const asked = running.ask(7, { op: "protect" });
  await soon(() => running.enforcer.commands.includes("protect 7"));
  await running.enforcer.send({
    t: "protected",
    id: 7,
    pid: 1234,
    ok: false,
    reason: "the table of protected processes is full",
  });
  assert.deepEqual(await asked, {
    op: "error",
    reason: "the table of protected processes is full",
  });
  assert.equal((await proof(running))?.listed, false);
  assert.equal(running.agent.state().connections, 1);
});

Deno.test("an invalid request gets one line with the reason, and the end of the connection", async () => {
  const garbage = [
    "hello?",
    "[]",
    "null",
    '"hello"',
    "{}",
    '{"op":"shutdown"}',
    '{"op":"hello"}',
    `{"op":"proof","nonce":"${"x".repeat(65)}"}`,
    '{"op":"hello","nonce":"a b"}',
    `{"op":"hello","nonce":"${NONCE}","protocol":2}`,
    '{"op":"hello","nonce":"a\\n"}',
  ];
  await using running = new RunningAgent();
  await running.ready();
  for (const [i, line] of garbage.entries()) {
    const id = 100 + i;
    await running.enforcer.send({ ...OPEN, id });
    const answer = await running.ask(id, line) as Answer;
    assert.equal(answer.op, "error", line);
    assert.match(String(answer.reason), /\w/);
    await soon(() => running.enforcer.commands.includes(`close ${id}`));
  }
  assert.equal(running.agent.state().connections, 0);
});

Deno.test("too many requests end one connection, and not others", async () => {
  await using running = await meet();
  await running.enforcer.send({ ...OPEN, id: 8 });
  const lines = Array.from({ length: 400 }, () => ({
    t: "line",
    id: 8,
    line: `{"op":"hello","nonce":"${NONCE}"}`,
  }));
  await running.enforcer.send(...lines);
  await soon(() => running.enforcer.commands.includes("close 8"));
  const answers = running.enforcer.commands
    .filter((line) => line.startsWith("answer 8 "));
  assert.ok(answers.length < 300, `${answers.length}`);
  assert.match(answers.at(-1) ?? "", /too many requests/);
  assert.equal((await proof(running))?.listed, true);
});

Deno.test("messages of a closed connection are ignored", async () => {
  await using running = await meet();
  await running.enforcer.send({ t: "closed", id: 7 }, {
    t: "line",
    id: 7,
    line: '{"op":"protect"}',
  }, { t: "protected", id: 7, pid: 1234, tree: 3, ok: true });
  await soon(() => running.agent.state().connections === 0);
  const heard = running.enforcer.commands.length;
  await running.enforcer.send({ t: "lost", count: 5 });
  await soon(() => running.agent.state().eventsLost === 5);
  assert.equal(running.enforcer.commands.length, heard);
});

Deno.test("no request makes the parser throw, and nonces are bounded", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      const request = parseRequest(line);
      if ("nonce" in request) assert.match(request.nonce, /^[\w-]{1,64}$/);
    }),
    { numRuns: 1000 },
  );
  const line = JSON.stringify({ op: "protect", pid: 1, extra: "x" });
  assert.deepEqual(parseRequest(line), { op: "protect" });
});
