/**
 * Memory at rest: every container of a cluster pays for it as long as it runs,
 * so what a start or a round of proofs used is given back.
 */
import { trim } from "@ffi";

/** V8's collector, there because the binary is built with --expose-gc. */
interface Collector {
  gc?(options: {
    type: "major";
    execution: "sync";
    flavor: "last-resort";
  }): void;
}

/** Collects garbage and returns free pages to the kernel; some 5 ms. */
export function trimIdleMemory(): void {
  const { gc } = globalThis as Collector;
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  trim();
}
