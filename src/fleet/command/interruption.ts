/**
 * Hears ^C. The static binary blocks all signals at its entry (stub.c), for the
 * wrapper's sake, so they stay pending: /proc/self/status lists them. Taking
 * them as the wrapper does would also take the ends of credential plugins.
 */

const SIGHUP = 1;
const SIGINT = 2;
const SIGQUIT = 3;
const SIGTERM = 15;
const SIGTSTP = 20;
const REQUESTS_TO_END = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
const LOOK_MS = 100;

/** Aborts its `signal` once a signal asks to end; `using` stops looking. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #signo: number | undefined;

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What asked to end. */
  get signo(): number | undefined {
    return this.#signo;
  }

  #look(): void {
    const pending = readPending();
    const asked = REQUESTS_TO_END.find((signo) => has(pending, signo));
    if (asked !== undefined) {
      this.#signo = asked;
      this.#controller.abort();
    } else if (has(pending, SIGTSTP)) {
      // SIGCONT takes a pending SIGTSTP away (signal(7)).
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

/** Signals that came for the process and were not taken. */
function readPending(): bigint {
  const status = Deno.readTextFileSync("/proc/self/status");
  const [, mask = "0"] = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return BigInt(`0x${mask}`);
}
