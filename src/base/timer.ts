/**
 * Timers without `setTimeout`: the first use of that global loads Node's timers,
 * which take 6 ms of processor time and 4 MB (Deno 2.9.6). `AbortSignal.timeout`
 * is Deno's own and takes 0.3 ms. It cannot be cancelled, so all timers of the
 * process share the one that ends first: thousands of timers that are cancelled,
 * as those of connections, leave few signals.
 */

/** The longest time that Deno's timers accept: 24.8 days. A longer one would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

const waiting = new Set<Timer>();
/** When the requested signals end, by performance.now(). */
const signals = new Set<number>();

/** Calls a function once, later. */
export class Timer {
  /** By performance.now(). */
  readonly dueAt: number;
  readonly #act: () => void;

  /** @param ms Infinity: never */
  constructor(ms: number, act: () => void) {
    this.dueAt = performance.now() + (ms > 0 ? ms : 0);
    this.#act = act;
    waiting.add(this);
    wakeAt(this.dueAt);
  }

  /** The function is not called any more. */
  cancel(): void {
    waiting.delete(this);
  }

  /** Calls the function if the timer was not cancelled. */
  fire(): void {
    if (waiting.delete(this)) this.#act();
  }
}

/** An earlier signal is enough: it requests the next one. */
function wakeAt(dueAt: number): void {
  if (signals.values().some((at) => at <= dueAt)) return;
  signals.add(dueAt);
  const ms = Math.max(0, Math.ceil(dueAt - performance.now()));
  AbortSignal.timeout(Math.min(ms, LONGEST_MS)).addEventListener(
    "abort",
    () => {
      signals.delete(dueAt);
      wake();
    },
  );
}

/** Fires in the order of the times. An error of one function is reported and does not stop the others. */
function wake(): void {
  const now = performance.now();
  const due = [...waiting].filter((timer) => timer.dueAt <= now)
    .sort((a, b) => a.dueAt - b.dueAt);
  for (const timer of due) {
    try {
      timer.fire();
    } catch (error) {
      reportError(error);
    }
  }
  if (waiting.size === 0) return;
  wakeAt(waiting.values().reduce((at, t) => Math.min(at, t.dueAt), Infinity));
}

/** Calls a function every `ms` until it is cancelled, the first time after `ms`. */
export function every(ms: number, act: () => void): { cancel(): void } {
  let timer = new Timer(ms, again);
  function again(): void {
    timer = new Timer(ms, again);
    act();
  }
  return { cancel: () => timer.cancel() };
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void new Timer(ms, resolve));
}

/** The promise's result, or undefined after `ms`. */
export async function within<T>(
  ms: number,
  promise: Promise<T> | undefined,
): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = new Timer(ms, () => resolve(undefined));
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.cancel();
  }
}
