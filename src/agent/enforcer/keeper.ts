/**
 * Keeps an enforcer alive: when one ends it says why and starts the next, with
 * growing pauses. What is pinned stays in force meanwhile.
 */
import { EXIT, messageOf } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { renderDuration } from "@/base/duration.ts";
import {
  Enforcer,
  type EnforcerEnd,
  type EnforcerProcess,
} from "./enforcer.ts";
import { type FromEnforcer, tell } from "@/protocol/enforcer.ts";

const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 30_000;
/** Who lived so long did not fail at its start: the pauses begin anew. */
const GOOD_LIFE_MS = 60_000;

/** What the keeper needs. */
export interface KeeperOptions {
  /** @throws FfiError and others when there is no process to be had */
  readonly start: () => EnforcerProcess;
  readonly take: (message: FromEnforcer) => void;
  /** One has ended: its connections are gone. */
  readonly onEnd: () => void;
  readonly log: Log;
  readonly statsEveryMs: number;
  /** Tests do not wait for seconds. */
  readonly pauseMs?: { readonly min: number; readonly max: number };
}

/** One enforcer at a time, from the first to the last. */
export class EnforcerKeeper {
  readonly #options: KeeperOptions;
  readonly #stop = Promise.withResolvers<void>();
  #enforcer: Enforcer | undefined;
  #restarts = 0;
  #isReady = false;
  /** Whether the newest that was ready had pinned its programs. */
  #isPinned: boolean | undefined;
  #isOver = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** How many were started after the first. */
  get restarts(): number {
    return this.#restarts;
  }

  /** What stays when an enforcer ends, in words. */
  get rest(): string {
    return this.#isPinned === false
      ? "nothing was pinned: nobody is protected until an agent runs"
      : "what is pinned stays in force";
  }

  /** Says lines to the one that lives; nobody hears them while there is none. */
  say(...lines: string[]): void {
    this.#enforcer?.say(...lines);
  }

  /**
   * Keeps until it is stopped.
   *
   * @returns why the first one never became ready; undefined when stopped
   */
  async keep(): Promise<EnforcerEnd | undefined> {
    let wasReady = false;
    let pause = this.#pauses.min;
    for (;;) {
      const startedAt = performance.now();
      const end = await this.#live();
      wasReady ||= this.#isReady;
      if (this.#isOver) return undefined;
      if (!wasReady) return end;
      if (performance.now() - startedAt > GOOD_LIFE_MS) {
        pause = this.#pauses.min;
      }
      this.#tell(end, pause);
      await this.#wait(pause);
      if (this.#isOver) return undefined;
      pause = Math.min(pause * 2, this.#pauses.max);
      this.#restarts++;
    }
  }

  /** Ends it; what is pinned stays. */
  stop(): void {
    this.#isOver = true;
    this.#enforcer?.end();
    this.#stop.resolve();
  }

  get #pauses(): { readonly min: number; readonly max: number } {
    return this.#options.pauseMs ?? { min: PAUSE_MIN_MS, max: PAUSE_MAX_MS };
  }

  async #live(): Promise<EnforcerEnd> {
    const { start, take, onEnd, statsEveryMs } = this.#options;
    this.#isReady = false;
    let asking: ReturnType<typeof setInterval> | undefined;
    try {
      const enforcer = this.#enforcer = new Enforcer(start());
      asking = setInterval(() => enforcer.say(tell.stats()), statsEveryMs);
      return await enforcer.listen((message) => {
        if (message.t === "ready") {
          this.#isReady = true;
          this.#isPinned = message.pinned;
        }
        take(message);
      });
    } catch (error) {
      const reason = `it cannot be started: ${messageOf(error)}`;
      return { reason, remedy: "", code: EXIT.kernel };
    } finally {
      clearInterval(asking);
      this.#enforcer = undefined;
      onEnd();
    }
  }

  #tell({ reason, remedy }: EnforcerEnd, pause: number): void {
    const cure = remedy === "" ? "" : `: ${remedy}`;
    this.#options.log.error(
      `No enforcer: ${reason}${cure}; ${this.rest}; starting it again in ${
        renderDuration(pause)
      }`,
    );
  }

  async #wait(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([pause, this.#stop.promise]);
    clearTimeout(timer);
  }
}
