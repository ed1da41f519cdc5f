/** Shows progress on a terminal. */
import type { OutputStream } from "./output_stream.ts";

/** Receives a text about the progress. */
export type Progress = (text: string) => void;

const PAUSE_MS = 100;

/** A line that is overwritten, and cleared at the end. */
export class ProgressLine {
  readonly #stream: OutputStream;
  #last = 0;
  #isShown = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** Shows a text, at most ten times a second. */
  show(text: string): void {
    const now = Date.now();
    if (!this.#stream.isTerminal) return;
    if (now - this.#last < PAUSE_MS) return;
    this.#last = now;
    this.#isShown = true;
    this.#stream.write(`\r\x1b[K${text}`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isShown) this.#stream.write("\r\x1b[K");
    this.#isShown = false;
  }
}
