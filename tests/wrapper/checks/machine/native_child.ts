/**
 * Started by native_test.ts: protects itself like the wrapper, except for the flaws
 * named in its arguments, runs all proofs and prints the results.
 */
import { Arena, arenaFd, harden, probe } from "@ffi";
import { AgentLink } from "@/wrapper/checks/agent/link.ts";
import { findInterference } from "@/wrapper/checks/agent/interference.ts";
import { openHost } from "@/wrapper/checks/machine/host.ts";
import { prepareProofs, proveAll } from "@/wrapper/checks/prove.ts";
import type { TokenOrigin } from "@/wrapper/checks/proofs/subject.ts";
import { FakeAgent, FakeWorld } from "../agent/fake_agent.ts";

const MADV_DODUMP = 17;
const flaws = new Set(Deno.args);

const libc = Deno.dlopen("libc.so.6", {
  dup: { parameters: ["i32"], result: "i32" },
  munlock: { parameters: ["pointer", "usize"], result: "i32" },
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
});

/** Random bytes; changed in place, because the generator keeps what it gave out. */
function addRandom(arena: Arena, length: number): Uint8Array {
  const block = arena.block(arena.add(length));
  crypto.getRandomValues(block);
  for (const [index, byte] of block.entries()) block[index] = byte ^ 0xa5;
  return block;
}

const fd = flaws.has("ordinary") ? -1 : arenaFd("secretmem");
const left = flaws.has("open") ? libc.symbols.dup(fd) : undefined;
const arena = Arena.map(fd, Arena.need(2, 128));
arena.format();
const token = addRandom(arena, 95);
const control = addRandom(arena, 32);
const { start, bytes } = arena.bounds();
const pages = Deno.UnsafePointer.create(start);
if (flaws.has("munlock")) libc.symbols.munlock(pages, BigInt(bytes));
if (flaws.has("dodump")) {
  libc.symbols.madvise(pages, BigInt(bytes), MADV_DODUMP);
}
const copy = new Uint8Array(flaws.has("copy") ? 8192 : 0);
if (copy.length > 0) copy.set(token, 1000);
if (!flaws.has("dumpable")) harden({ noDump: true });

const file = new URL(import.meta.url).pathname;
const story: TokenOrigin = flaws.has("file")
  ? { origin: "file", files: [{ what: "token file", path: file }] }
  : { origin: "login" };

const world = new FakeWorld();
const agent = flaws.has("agent")
  ? new FakeAgent({ world, pid: Deno.pid })
  : undefined;
const link = new AgentLink({
  socket: agent?.path ?? "/nonexistent/agent.sock",
  pid: Deno.pid,
  refuseOwner: () => undefined,
  findInterference: (record) => findInterference(record, openHost()),
  attack: async (ways, onDecoy, timeoutMs) => {
    const record = await probe(ways, onDecoy, timeoutMs);
    // A record is good until the next attack.
    const attempts = record.steps.filter(({ atVictim }) => atVictim);
    if (world.isProtected) {
      world.attempts.splice(0, world.attempts.length, ...attempts);
    }
    return record;
  },
});

if (flaws.has("prepared")) await prepareProofs({ agentConnected: false });
const found = await proveAll({
  arenas: [arena],
  patterns: () => [{ name: "the token", bytes: token }],
  control: () => control,
  token: story,
  agentSocket: agent?.path ?? "/nonexistent/agent.sock",
  agent: link,
});

console.log(JSON.stringify({
  states: Object.fromEntries(found.map((one) => [one.check, one.state])),
  reasons: Object.fromEntries(found.map((one) => [one.check, one.reason])),
  kept: [copy.length, left],
}));
link.close();
await agent?.[Symbol.asyncDispose]();
Deno.exit(0);
