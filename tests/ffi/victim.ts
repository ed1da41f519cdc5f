/**
 * A process to search, started by theft_test.ts. It has a text in an arena of
 * secret memory and in one of ordinary memory, prints its pid, and waits for
 * the end of its stdin.
 */
import { Arena, arenaFd } from "@ffi";

/** ASCII, and never one literal. */
export function makeMark(): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => 0x30 + (i * 37) % 73);
}

function fill(arena: Arena): void {
  arena.format();
  arena.block(arena.add(32)).set(makeMark());
}

if (import.meta.main) {
  using secret = Arena.map(arenaFd("secretmem"), 4096);
  using ordinary = Arena.map(-1, 4096);
  fill(secret);
  fill(ordinary);
  console.log(Deno.pid);
  for await (const _ of Deno.stdin.readable);
}
