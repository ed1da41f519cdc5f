/**
 * A process to steal from, started by theft_test.ts. It fills an arena and an
 * ordinary buffer, prints where they lie, and waits for the end of its stdin.
 * "keep" keeps a descriptor of the secret file open, as nobody should.
 */
import { Arena, arenaFd, harden } from "@ffi";

/** The same bytes in both places; never as one literal. */
export const MARK = Uint8Array.from({ length: 32 }, (_, i) => 0xc0 ^ (i * 7));

if (import.meta.main) {
  const fd = arenaFd("secretmem");
  const kept = Deno.args.includes("keep")
    ? Deno.openSync(`/proc/self/fd/${fd}`)
    : undefined;
  using arena = Arena.map(fd, 4096);
  arena.format();
  const secret = arena.block(arena.add(MARK.length));
  secret.set(MARK);
  const ordinary = MARK.slice();
  if (Deno.args.includes("hard")) harden({ noDump: true });
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(ordinary));
  const offset = secret.byteOffset;
  const inArena = Deno.UnsafePointer.value(Deno.UnsafePointer.of(secret));
  console.log(JSON.stringify({
    pid: Deno.pid,
    secret: String(inArena),
    ordinary: String(address),
    offset,
  }));
  for await (const _ of Deno.stdin.readable);
  kept?.close();
  ordinary.fill(0);
}
