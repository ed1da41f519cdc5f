/**
 * Receives the kernel's events: signals to this process and the ends of its
 * registered children. C reaps orphans and forwards signals to the supervised
 * process; this class learns what happened.
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
import { pause } from "@/base/timer.ts";

/** How a child ended. */
export interface Ending {
  /** Exit status, or 128 + signal. */
  readonly code: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
  /** Whether the kernel wrote its core dump. */
  readonly dumped?: boolean;
}

/** A signal to this process. */
export interface ReceivedSignal {
  readonly signo: number;
  /** True when C has already forwarded it to the supervised process. */
  readonly forwarded: boolean;
}

/** Pause after a failed wait. */
const RETRY_MS = 1000;

/** All children of this process, and its signals. One instance per process. */
export class Children {
  readonly #endings = new Map<number, PromiseWithResolvers<Ending>>();
  readonly #onSignal: (signal: ReceivedSignal) => void;
  readonly #onProblem: (text: string) => void;

  constructor(
    onSignal: (signal: ReceivedSignal) => void,
    onProblem: (text: string) => void,
  ) {
    this.#onSignal = onSignal;
    this.#onProblem = onProblem;
  }

  /** Waits for events until the process ends. It never rejects. */
  async watch(): Promise<never> {
    for (;;) {
      try {
        this.#handle(await waitEvent(-1));
      } catch (error) {
        this.#onProblem(`Cannot wait for children: ${error}; trying again`);
        await pause(RETRY_MS);
      }
    }
  }

  /**
   * Starts a process and registers it.
   *
   * @throws FfiError with execve's errno
   */
  start(options: SpawnOptions): { pid: number; ended: Promise<Ending> } {
    const pid = spawn(options);
    return { pid, ended: this.#expect(pid) };
  }

  /** Registers a child that the stub started. @returns its end; undefined: it has already ended */
  adopt(pid: number): Promise<Ending> | undefined {
    try {
      registerChild(pid);
    } catch (error) {
      if (error instanceof FfiError) return undefined;
      throw error;
    }
    return this.#expect(pid);
  }

  /** C forwards signals to `pid` from now on; 0 stops that. */
  forwardSignalsTo(pid: number, group: boolean): void {
    forwardSignalsTo(pid, group);
  }

  /** @returns false when the process has ended */
  kill(pid: number, signo: number, group = false): boolean {
    return kill(pid, signo, group);
  }

  /** Called right after the start: the end is handled later on this thread, so it cannot be missed. */
  #expect(pid: number): Promise<Ending> {
    const ending = Promise.withResolvers<Ending>();
    this.#endings.set(pid, ending);
    return ending.promise;
  }

  #handle(event: ChildEvent): void {
    if (event.kind === "signal") this.#onSignal(event);
    if (event.kind === "exit") {
      const { code, signal, dumped } = event;
      this.#endings.get(event.pid)?.resolve({ code, signal, dumped });
      this.#endings.delete(event.pid);
    }
  }
}

/**
 * Deno starts a thread for signals 500 ms after its own start and panics when it
 * cannot. An application that has used up its process limit by then would end
 * PID 1, so start that thread first. It receives no signal: all are blocked,
 * and C waits for them.
 */
export function startSignalThread(): void {
  const ignore = () => {};
  Deno.addSignalListener("SIGUSR2", ignore);
  Deno.removeSignalListener("SIGUSR2", ignore);
}
