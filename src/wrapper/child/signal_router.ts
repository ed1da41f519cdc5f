/**
 * What a signal means at each stage. Before the application exists: requests to
 * end stop the start, everything else is kept for it. Afterwards it has them
 * already (C forwards), and a request to end starts the clock of the grace.
 */
import type { Log } from "@/base/log.ts";
import type { ReceivedSignal } from "@/process/children.ts";
import { signalName } from "@/base/signals.ts";

/** The application as far as signals are concerned. */
interface Receiver {
  /** @returns false when it is gone */
  signal(signo: number): boolean;
  beginGrace(): void;
}

/** Thrown out of the start when a signal asked to end. */
export class Interrupted extends Error {
  readonly signo: number;

  constructor(signo: number) {
    super(`${signalName(signo)} before the application was started`);
    this.signo = signo;
  }
}

/** Takes every signal that this process gets, and says to whom it belongs. */
export class SignalRouter {
  readonly #interruption = Promise.withResolvers<never>();
  readonly #log: Log;
  readonly #stopSignals: readonly number[];
  #early: number[] = [];
  #receiver: Receiver | undefined;
  #endAsked = false;

  /** @param stopSignals what asks to end, and no other signal does */
  constructor(log: Log, stopSignals: readonly number[]) {
    this.#log = log;
    this.#stopSignals = stopSignals;
    // Whoever races against it later still sees the rejection.
    this.#interruption.promise.catch(() => {});
  }

  /** Takes what Children reports. */
  take({ signo, forwarded }: ReceivedSignal): void {
    this.#log.debug(`Received ${signalName(signo)}`, { forwarded });
    const asksToEnd = this.#stopSignals.includes(signo);
    this.#endAsked ||= asksToEnd;
    if (this.#receiver) {
      // Who has just ended may be started anew: then it is for the next one.
      const isTaken = forwarded || this.#receiver.signal(signo);
      if (!isTaken && !asksToEnd) this.#early.push(signo);
      if (asksToEnd) this.#receiver.beginGrace();
    } else if (asksToEnd) this.#interruption.reject(new Interrupted(signo));
    else this.#early.push(signo);
  }

  /** Waits for `work`, but no longer than until a signal asks to end. */
  unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#interruption.promise]);
  }

  /** True once anybody asked us to end. */
  get endAsked(): boolean {
    return this.#endAsked;
  }

  /** Signals for the application that came too early; given out once. */
  takeEarly(): number[] {
    const early = this.#early;
    this.#early = [];
    return early;
  }

  /** Takes back what could not be given. */
  keep(early: readonly number[]): void {
    this.#early.unshift(...early);
  }

  /** From now on signals concern the application. */
  attach(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** It has ended: signals are kept again. */
  detach(): void {
    this.#receiver = undefined;
  }
}
