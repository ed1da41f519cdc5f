/**
 * Routes signals. Before the application exists, a stop signal interrupts the
 * start and all others are kept for it. Later C has already forwarded them, and
 * a stop signal starts the grace period.
 */
import type { Log } from "@/base/log.ts";
import type { ReceivedSignal } from "@/process/children.ts";
import { signalName } from "@/base/signals.ts";

/** The part of the application that receives signals. */
interface Receiver {
  /** @returns false when it has ended */
  signal(signo: number): boolean;
  beginGrace(): void;
}

/** A stop signal interrupted the start. */
export class Interrupted extends Error {
  readonly signo: number;

  constructor(signo: number) {
    super(`${signalName(signo)} before the application was started`);
    this.signo = signo;
  }
}

/** Receives every signal of this process. */
export class SignalRouter {
  readonly #interruption = Promise.withResolvers<never>();
  readonly #log: Log;
  readonly #stopSignals: readonly number[];
  #early: number[] = [];
  #receiver: Receiver | undefined;
  #isEndRequested = false;

  /** @param stopSignals the signals that stop the application */
  constructor(log: Log, stopSignals: readonly number[]) {
    this.#log = log;
    this.#stopSignals = stopSignals;
    // Later races still see the rejection; without one it must not count as unhandled.
    this.#interruption.promise.catch(() => {});
  }

  /** Handles one signal. */
  route({ signo, forwarded }: ReceivedSignal): void {
    this.#log.debug(`Received ${signalName(signo)}`, { forwarded });
    const isStop = this.#stopSignals.includes(signo);
    this.#isEndRequested ||= isStop;
    if (this.#receiver) {
      // If the application has just ended for a restart, the next one receives the signal.
      const isDelivered = forwarded || this.#receiver.signal(signo);
      if (!isDelivered && !isStop) this.#early.push(signo);
      if (isStop) this.#receiver.beginGrace();
    } else if (isStop) this.#interruption.reject(new Interrupted(signo));
    else this.#early.push(signo);
  }

  /** Waits for `work`; rejects with Interrupted when a stop signal arrives first. */
  unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#interruption.promise]);
  }

  /** True after the first stop signal. */
  get isEndRequested(): boolean {
    return this.#isEndRequested;
  }

  /** Returns and forgets the signals that arrived before the application. */
  takeEarly(): number[] {
    const early = this.#early;
    this.#early = [];
    return early;
  }

  /** Puts back signals that could not be delivered. */
  returnEarly(early: readonly number[]): void {
    this.#early.unshift(...early);
  }

  /** The application exists: signals are for it. */
  attach(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** The application has ended: keep signals for the next one. */
  detach(): void {
    this.#receiver = undefined;
  }
}
