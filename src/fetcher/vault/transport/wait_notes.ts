/** Reports reasons for waiting: each new cause at once, and again every ten seconds. */
import { WAITING } from "@/protocol/fetcher/waiting.ts";

const AGAIN_MS = 10_000;

/** Reports a cause unless it was just reported. */
export class WaitNotes {
  readonly #report: ((text: string) => void) | undefined;
  #cause = "";
  #reportedAt = -Infinity;

  constructor(report: ((text: string) => void) | undefined) {
    this.#report = report;
  }

  /** Reports a cause, which follows "Waiting for Vault: ". */
  note(cause: string): void {
    const now = performance.now();
    if (cause === this.#cause && now - this.#reportedAt < AGAIN_MS) return;
    this.#cause = cause;
    this.#reportedAt = now;
    this.#report?.(WAITING + cause);
  }
}
