/**
 * Detects ^C. The entry stub of the static binary blocks all signals, which the
 * wrapper needs, so they stay pending; /proc/self/status lists them. Waiting for
 * them as the wrapper does would also consume the SIGCHLD of credential plugins.
 */

const SIGHUP = 1;
const SIGINT = 2;
const SIGQUIT = 3;
const SIGTERM = 15;
const SIGTSTP = 20;
const END_SIGNALS = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
const POLL_MS = 100;

/** Aborts its `signal` when a signal requests the end; `using` stops polling. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #signo: number | undefined;

  constructor() {
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The signal that requested the end. */
  get signo(): number | undefined {
    return this.#signo;
  }

  #poll(): void {
    const pending = readPending();
    const found = END_SIGNALS.find((signo) => has(pending, signo));
    if (found !== undefined) {
      this.#signo = found;
      this.#controller.abort();
    } else if (has(pending, SIGTSTP)) {
      // SIGCONT discards a pending SIGTSTP (signal(7)).
      Deno.kill(Deno.pid, "SIGSTOP");
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function has(pending: bigint, signo: number): boolean {
  return (pending >> BigInt(signo - 1) & 1n) === 1n;
}

/** Pending signals of the process. */
function readPending(): bigint {
  const status = Deno.readTextFileSync("/proc/self/status");
  const [, mask = "0"] = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return BigInt(`0x${mask}`);
}
