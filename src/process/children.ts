/**
 * The one place where events of the kernel arrive: signals to this process and
 * the ends of its registered children. Orphans are reaped, and signals passed
 * on to the minded process, in C; here it is only told what happened.
 */
import {
  type ChildEvent,
  FfiError,
  forwardSignalsTo,
  kill,
  registerChild,
  spawn,
  type SpawnOptions,
  waitEvent,
} from "@ffi";

/** How a child ended. */
export interface Ending {
  /** Exit status, or 128 + signal. */
  readonly code: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
}

/** A signal to this process. */
export interface ReceivedSignal {
  readonly signo: number;
  /** True when the minded process got it already. */
  readonly forwarded: boolean;
}

/** A failure to wait is reported at most this often; the loop goes on. */
const RETRY_MS = 1000;

/** Every child of this process, and its signals. One for a process. */
export class Children {
  readonly #endings = new Map<number, PromiseWithResolvers<Ending>>();
  readonly #onSignal: (signal: ReceivedSignal) => void;
  readonly #onTrouble: (text: string) => void;

  constructor(
    onSignal: (signal: ReceivedSignal) => void,
    onTrouble: (text: string) => void,
  ) {
    this.#onSignal = onSignal;
    this.#onTrouble = onTrouble;
  }

  /** Waits for events until the process ends. It never rejects. */
  async watch(): Promise<never> {
    for (;;) {
      try {
        this.#take(await waitEvent(-1));
      } catch (error) {
        this.#onTrouble(`Cannot wait for children: ${error}, trying again`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /**
   * Starts a process and registers it.
   *
   * @throws FfiError with execve's errno.
   */
  start(options: SpawnOptions): { pid: number; ended: Promise<Ending> } {
    const pid = spawn(options);
    return { pid, ended: this.#expect(pid) };
  }

  /** Takes over a child that the entry stub started. Undefined when it has ended already. */
  adopt(pid: number): Promise<Ending> | undefined {
    try {
      registerChild(pid);
    } catch (error) {
      if (error instanceof FfiError) return undefined;
      throw error;
    }
    return this.#expect(pid);
  }

  /** Signals are passed on to `pid` from now on; 0 stops that. */
  mind(pid: number, group: boolean): void {
    forwardSignalsTo(pid, group);
  }

  /** @returns false when the process is gone. */
  kill(pid: number, signo: number, group = false): boolean {
    return kill(pid, signo, group);
  }

  /** Called in the same breath as the start: ends are told on this thread, later. */
  #expect(pid: number): Promise<Ending> {
    const ending = Promise.withResolvers<Ending>();
    this.#endings.set(pid, ending);
    return ending.promise;
  }

  #take(event: ChildEvent): void {
    if (event.kind === "signal") this.#onSignal(event);
    if (event.kind === "exit") {
      const { code, signal } = event;
      this.#endings.get(event.pid)?.resolve({ code, signal });
      this.#endings.delete(event.pid);
    }
  }
}
