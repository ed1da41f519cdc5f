/** Says on a terminal how far the asking is, while it lasts. */
import type { Outlet } from "./output_stream.ts";

/** Told how far it is, for a person. */
export type Progress = (words: string) => void;

const PAUSE_MS = 100;

/** A line that is written over and taken away at the end. */
export class ProgressLine {
  readonly #outlet: Outlet;
  #last = 0;
  #isShown = false;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Shows it, at most ten times a second. */
  show(words: string): void {
    const now = Date.now();
    if (!this.#outlet.isTerminal) return;
    if (now - this.#last < PAUSE_MS) return;
    this.#last = now;
    this.#isShown = true;
    this.#outlet.write(`\r\x1b[K${words}`);
  }

  /** Takes it away. */
  clear(): void {
    if (this.#isShown) this.#outlet.write("\r\x1b[K");
    this.#isShown = false;
  }
}
