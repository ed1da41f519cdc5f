/**
 * Ports of loopback for servers that need a number before they start. They are
 * below the kernel's range for outgoing connections, because a port of that
 * range may be taken before the server binds it.
 */

/** Two, because OpenBao listens for its cluster on the next port. */
const STEP = 2;
const FIRST = 12_000;
const LAST = 30_000;

/** Random, because test files that run at the same time must not try the same ports. */
let next = FIRST + Math.floor(Math.random() * (LAST - FIRST) / STEP) * STEP;

/** A free TCP port of loopback; the next one is free too. Never the same one twice. */
export function freePort(): number {
  for (;;) {
    const port = next;
    next = port + STEP < LAST ? port + STEP : FIRST;
    if (isFree(port) && isFree(port + 1)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
