/** Says on a terminal how far the asking is, while it lasts. */
import type { OutputStream } from "./output_stream.ts";

/** Told how far it is, for a person. */
export type Progress = (words: string) => void;

const PAUSE_MS = 100;

/** A line that is written over and taken away at the end. */
export class ProgressLine {
  readonly #stream: OutputStream;
  #last = 0;
  #isShown = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** Shows it, at most ten times a second. */
  show(words: string): void {
    const now = Date.now();
    if (!this.#stream.isTerminal) return;
    if (now - this.#last < PAUSE_MS) return;
    this.#last = now;
    this.#isShown = true;
    this.#stream.write(`\r\x1b[K${words}`);
  }

  /** Takes it away. */
  clear(): void {
    if (this.#isShown) this.#stream.write("\r\x1b[K");
    this.#isShown = false;
  }
}
