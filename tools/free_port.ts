/**
 * Ports of loopback for servers that need a number before they start. They lie
 * below the range from which the kernel takes ports for outgoing connections:
 * a port from that range is gone by the time the server binds it, now and then.
 */

/** Two apart: OpenBao listens for its cluster on the port behind its own. */
const STEP = 2;
const FIRST = 12_000;
const LAST = 30_000;

/** Random, because test files that run at the same time must not try the same ports. */
let next = FIRST + Math.floor(Math.random() * (LAST - FIRST) / STEP) * STEP;

/** A TCP port of loopback that nobody listens on; never the same one twice. */
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
