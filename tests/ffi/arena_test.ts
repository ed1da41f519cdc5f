/** Arenas as TypeScript sees them: zero-copy, closed once, silent about content. */
import assert from "node:assert/strict";
import {
  Arena,
  arenaFd,
  errnoName,
  FfiError,
  proofRead,
  retainArenas,
  scan,
} from "@ffi";

function isRefusal(code: string): (error: unknown) => boolean {
  return (error) => error instanceof FfiError && error.code === code;
}

function make(kind: "secretmem" | "ordinary" | "anonymous"): Arena {
  const fd = kind === "anonymous" ? -1 : arenaFd(kind);
  const arena = Arena.map(fd, Arena.need(3, 300));
  arena.format();
  return arena;
}

for (const kind of ["secretmem", "ordinary", "anonymous"] as const) {
  Deno.test(`Arena on ${kind} memory keeps its blocks`, () => {
    using arena = make(kind);
    assert.equal(arena.fdIsOpen(), false);
    const lengths = [100, 0, 200];
    assert.deepEqual(lengths.map((length) => arena.add(length)), [0, 1, 2]);
    arena.block(0).fill(7);
    arena.block(2).fill(9);
    assert.deepEqual(lengths.map((_, i) => arena.block(i).length), lengths);
    assert.ok(arena.block(0).every((byte) => byte === 7));
    assert.ok(arena.block(2).every((byte) => byte === 9));
    assert.equal(arena.check(), 3);
    const { bytes, start } = arena.bounds();
    assert.equal(bytes % 4096, 0);
    assert.equal(start % 4096n, 0n);
  });
}

Deno.test("Arena.check() detects an overrun of one byte", () => {
  using arena = make("anonymous");
  arena.add(8);
  const block = arena.block(0);
  new Uint8Array(block.buffer, 0, 8).fill(1);
  assert.equal(arena.check(), 1);
  const { start, bytes } = arena.bounds();
  const pointer = Deno.UnsafePointer.create(start);
  assert.ok(pointer);
  const all = new Uint8Array(
    Deno.UnsafePointerView.getArrayBuffer(pointer, bytes),
  );
  const behind = all.findIndex((byte) => byte === 1) + 8;
  all[behind] = (all[behind] ?? 0) ^ 1;
  assert.throws(() => arena.check(), isRefusal("EBADMSG"));
  assert.throws(() => arena.block(0), isRefusal("EBADMSG"));
});

Deno.test("Arena throws the errno of a failure", () => {
  using arena = make("anonymous");
  assert.throws(() => arena.block(0), isRefusal("ENOENT"));
  assert.throws(() => arena.add(5000), isRefusal("ENOSPC"));
  assert.throws(() => Arena.map(-1, 0), isRefusal("EINVAL"));
});

Deno.test("Arena can be closed twice, and rejects calls afterwards", () => {
  const arena = make("anonymous");
  arena.close();
  arena.close();
  arena.detach();
  assert.throws(() => arena.check(), isRefusal("EBADF"));
});

Deno.test("Arena.makePrivate() moves the content to private memory", () => {
  const shared = make("ordinary");
  shared.block(shared.add(5)).set([1, 2, 3, 4, 5]);
  using moved = shared.makePrivate();
  assert.deepEqual([...moved.block(0)], [1, 2, 3, 4, 5]);
  assert.throws(() => shared.check(), isRefusal("EBADF"));
});

Deno.test("Arena never shows its content", () => {
  using arena = make("anonymous");
  const wanted = "[arena 4096 bytes]";
  assert.equal(String(arena), wanted);
  assert.equal(JSON.stringify({ arena }), `{"arena":"${wanted}"}`);
  assert.equal(Deno.inspect(arena), wanted);
});

Deno.test("an Arena closed while retained stays mapped until released", () => {
  const arena = make("anonymous");
  arena.add(8);
  const { start } = arena.bounds();
  const outer = retainArenas();
  {
    using _inner = retainArenas();
    arena.block(0).fill(7);
    arena.close();
  }
  assert.deepEqual([...arena.block(0)], Array(8).fill(7));
  outer[Symbol.dispose]();
  outer[Symbol.dispose]();
  assert.throws(() => arena.check(), isRefusal("EBADF"));
  assert.equal(errnoName(-proofRead({ start }, 8)), "EFAULT");
});

Deno.test("Arenas can be closed while a scan reads their blocks", async () => {
  for (let round = 0; round < 5; round++) {
    const arena = make("secretmem");
    arena.add(64);
    crypto.getRandomValues(arena.block(0));
    const found = scan([arena.block(0)]);
    arena.close();
    assert.ok((await found).bytes > 0);
    assert.throws(() => arena.check(), isRefusal("EBADF"));
  }
});
