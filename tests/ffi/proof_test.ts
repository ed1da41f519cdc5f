/** Proofs, scan, blocks from execve and channels as TypeScript sees them. */
import assert from "node:assert/strict";
import {
  Arena,
  arenaFd,
  closeFd,
  errnoName,
  FfiError,
  findInFile,
  probe,
  PROBE_WAYS,
  proofDumpable,
  proofRead,
  readExecBlocks,
  receive,
  scan,
  send,
  socketPair,
  wipe,
  writeLog,
} from "@ffi";

const LIMIT_MS = 20_000;
const EFAULT = -14;

/** An arena with one block of bytes that exist nowhere else. */
function plant(length: number): { arena: Arena; secret: Uint8Array } {
  const arena = Arena.map(arenaFd("secretmem"), Arena.need(1, length));
  arena.format();
  const secret = arena.block(arena.add(length));
  const start = Date.now() % 251;
  for (let i = 0; i < length; i++) secret[i] = (start + i * i * 13 + i) & 255;
  return { arena, secret };
}

Deno.test("scan() finds exactly the copies in JavaScript's memory", async () => {
  const { arena, secret } = plant(40);
  using _ = arena;
  assert.equal((await scan([secret])).hits, 0);
  const copy = secret.slice();
  const found = await scan([secret.subarray(0, 12), secret.subarray(8)]);
  assert.equal(found.hits, 2);
  const at = Deno.UnsafePointer.value(Deno.UnsafePointer.of(copy));
  assert.ok(found.firstHit === at || found.firstHit === at + 8n);
  assert.ok(found.bytes > 1_000_000);
  wipe(copy);
  assert.equal((await scan([secret])).hits, 0);
});

Deno.test("scan() refuses short patterns", async () => {
  await assert.rejects(
    scan([new Uint8Array(7)]),
    (error) => error instanceof FfiError && error.code === "EINVAL",
  );
});

Deno.test("findInFile() finds the first place of each pattern", async () => {
  const path = "/proc/self/cmdline";
  const { args } = readExecBlocks();
  const places = await findInFile(path, { at: 3 }, [
    args.slice(5, 13),
    args.slice(0, 8),
    args.slice(-10),
  ]);
  assert.equal(places[0], 5);
  assert.equal(places[1], undefined);
  assert.ok((places[2] ?? 0) > 5);
  await assert.rejects(findInFile("/none", { at: 0 }, []), { code: "ENOENT" });
});

Deno.test("proofRead() reads ordinary memory, not secret memory", () => {
  const { arena, secret } = plant(32);
  using _ = arena;
  assert.equal(proofRead(secret, 32), EFAULT);
  assert.equal(proofRead(arena.bounds(), 32), EFAULT);
  assert.equal(proofRead(new Uint8Array(32), 32), 32);
});

Deno.test("proofDumpable() has a control that opens", async () => {
  const proof = await proofDumpable(LIMIT_MS);
  assert.deepEqual([proof.openControl, proof.openShut], [0, 13]);
  assert.equal(proof.dumpable, 1);
});

Deno.test("probe() succeeds without an agent, with new random steps each time", async () => {
  const seen = new Set<string>();
  for (const onDecoy of [false, true, false]) {
    const record = await probe(PROBE_WAYS, onDecoy, LIMIT_MS);
    assert.deepEqual(record.steps.map(({ end }) => end), Array(24).fill(0));
    for (const way of PROBE_WAYS) {
      for (const atVictim of [true, false]) {
        const steps = record.steps.filter((step) =>
          step.way === way && step.atVictim === atVictim
        );
        assert.ok(steps.length >= 2, `${way} ${atVictim}`);
      }
    }
    assert.deepEqual(record.tracers, [0, 0, 0]);
    assert.deepEqual(
      [record.traceme, record.inherited, record.listener],
      [0, 0, 0],
    );
    assert.equal(errnoName(record.filtered), "ESRCH");
    for (const { name } of record.steps) {
      const text = new TextDecoder().decode(name);
      assert.match(text, /^[a-z0-5]{15}$/);
      seen.add(text);
    }
  }
  assert.equal(seen.size, 3 * 24);
});

Deno.test("probe() uses only the given ways", async () => {
  const { steps } = await probe(["readv"], true, LIMIT_MS);
  assert.ok(steps.every(({ way }) => way === "readv"));
});

Deno.test("readExecBlocks() is the argument and environment block from execve", async () => {
  const { args, env } = readExecBlocks();
  const file = await Deno.readFile("/proc/self/cmdline");
  assert.deepEqual([...args], [...file]);
  const environ = await Deno.readFile("/proc/self/environ");
  assert.deepEqual([...env], [...environ]);
});

Deno.test("socketPair(), send() and receive() transfer bytes and the end", async () => {
  const [one, other] = socketPair();
  const got = new Uint8Array(8);
  assert.equal(await send(one, Uint8Array.of(1, 2, 3), LIMIT_MS), 3);
  assert.equal(await receive(other, got, LIMIT_MS), 3);
  assert.deepEqual([...got.subarray(0, 3)], [1, 2, 3]);
  await assert.rejects(receive(other, got, 0), { code: "ETIMEDOUT" });
  closeFd(one);
  assert.equal(await receive(other, got, LIMIT_MS), 0);
  closeFd(other);
  assert.throws(() => closeFd(other), { code: "EBADF" });
});

Deno.test("writeLog() returns errors instead of throwing", () => {
  assert.equal(errnoName(-writeLog(-1, new Uint8Array(1), 0)), "EBADF");
});
