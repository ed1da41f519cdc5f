/** Says why we wait: each new cause once, and again every ten seconds. */
import { WAITING } from "@/protocol/fetcher/waiting.ts";

const AGAIN_MS = 10_000;

/** Passes on a cause unless it has just been told. */
export class WaitNotes {
  readonly #tell: ((text: string) => void) | undefined;
  #cause = "";
  #toldAt = -Infinity;

  constructor(tell: ((text: string) => void) | undefined) {
    this.#tell = tell;
  }

  /** Tells of a cause, without the words "waiting for". */
  note(cause: string): void {
    const now = performance.now();
    if (cause === this.#cause && now - this.#toldAt < AGAIN_MS) return;
    this.#cause = cause;
    this.#toldAt = now;
    this.#tell?.(WAITING + cause);
  }
}
