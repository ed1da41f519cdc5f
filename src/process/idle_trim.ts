/**
 * Returns memory that a start or a round of proofs used. An idle wrapper costs
 * memory in every container of a cluster.
 */
import { trim } from "@ffi";

/** V8's collector; the binary runs with --expose-gc. */
interface Collector {
  gc?(options: {
    type: "major";
    execution: "sync";
    flavor: "last-resort";
  }): void;
}

/** Collects garbage and returns free pages to the kernel; takes about 5 ms. */
export function trimIdleMemory(): void {
  const { gc } = globalThis as Collector;
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  trim();
}
