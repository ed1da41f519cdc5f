/**
 * A process to steal from, started by theft_test.ts. It fills an arena and an
 * ordinary buffer, prints where they lie, and waits for the end of its stdin.
 */
import { Arena, arenaFd } from "@ffi";

/** The same bytes in both places; never as one literal. */
export const MARK = Uint8Array.from({ length: 32 }, (_, i) => 0xc0 ^ (i * 7));

if (import.meta.main) {
  using arena = Arena.map(arenaFd("secretmem"), 4096);
  arena.format();
  const secret = arena.block(arena.add(MARK.length));
  secret.set(MARK);
  const ordinary = MARK.slice();
  console.log(JSON.stringify({
    pid: Deno.pid,
    secret: String(
      Deno.UnsafePointer.value(
        Deno.UnsafePointer.of(secret as Uint8Array<ArrayBuffer>),
      ),
    ),
    ordinary: String(Deno.UnsafePointer.value(Deno.UnsafePointer.of(ordinary))),
  }));
  for await (const _ of Deno.stdin.readable);
  ordinary.fill(0);
}
