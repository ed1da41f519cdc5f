/**
 * Keeps one enforcer running: logs why it ended and starts the next one, with
 * growing pauses. Pinned programs stay in force in between.
 */
import { EXIT, messageOf } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { renderDuration } from "@/base/duration.ts";
import { every, within } from "@/base/timer.ts";
import {
  describeEnd,
  Enforcer,
  type EnforcerEnd,
  type EnforcerProcess,
} from "./enforcer.ts";
import { COMMANDS, type FromEnforcer } from "@/protocol/enforcer.ts";

const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 30_000;
/** Uptime after which the restart backoff resets. */
const BACKOFF_RESET_MS = 60_000;

/** What the keeper needs. */
export interface KeeperOptions {
  /** @throws FfiError and others when the process cannot be started */
  readonly start: () => EnforcerProcess;
  readonly handle: (message: FromEnforcer) => void;
  /** An enforcer has ended, and its connections with it. */
  readonly onEnd: () => void;
  readonly log: Log;
  readonly statsEveryMs: number;
  /** Shorter in tests. */
  readonly pauseMs?: { readonly min: number; readonly max: number };
}

/** Runs one enforcer at a time. */
export class EnforcerKeeper {
  readonly #options: KeeperOptions;
  readonly #stopped = Promise.withResolvers<void>();
  #enforcer: Enforcer | undefined;
  #restarts = 0;
  #isReady = false;
  /** Whether the latest ready enforcer pinned its programs. */
  #isPinned: boolean | undefined;
  #isOver = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Starts after the first. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Says what stays in force without an enforcer. */
  get remainder(): string {
    return this.#isPinned === false
      ? "nothing is pinned: no process is protected until an agent runs"
      : "pinned programs stay in force";
  }

  /** Sends commands to the running enforcer, if there is one. */
  send(...lines: string[]): void {
    this.#enforcer?.send(...lines);
  }

  /**
   * Runs until it is stopped.
   *
   * @returns why the first enforcer never became ready; undefined when stopped
   */
  async run(): Promise<EnforcerEnd | undefined> {
    const { min, max } = this.#options.pauseMs ??
      { min: PAUSE_MIN_MS, max: PAUSE_MAX_MS };
    let wasReady = false;
    let pause = min;
    for (;;) {
      const startedAt = performance.now();
      const end = await this.#runOne();
      wasReady ||= this.#isReady;
      if (this.#isOver) return undefined;
      if (!wasReady) return end;
      if (performance.now() - startedAt > BACKOFF_RESET_MS) pause = min;
      this.#logEnd(end, pause);
      await this.#wait(pause);
      if (this.#isOver) return undefined;
      pause = Math.min(pause * 2, max);
      this.#restarts++;
    }
  }

  /** Ends the enforcer for good; pinned programs stay. */
  stop(): void {
    this.#isOver = true;
    this.#enforcer?.end();
    this.#stopped.resolve();
  }

  async #runOne(): Promise<EnforcerEnd> {
    const { start, handle, onEnd, statsEveryMs } = this.#options;
    this.#isReady = false;
    let statistics: { cancel(): void } | undefined;
    try {
      const enforcer = this.#enforcer = new Enforcer(start());
      statistics = every(
        statsEveryMs,
        () => enforcer.send(COMMANDS.stats()),
      );
      return await enforcer.listen((message) => {
        if (message.t === "ready") {
          this.#isReady = true;
          this.#isPinned = message.pinned;
        }
        handle(message);
      });
    } catch (error) {
      const reason = `cannot start it: ${messageOf(error)}`;
      return { reason, remedy: "", code: EXIT.kernel };
    } finally {
      statistics?.cancel();
      this.#enforcer = undefined;
      onEnd();
    }
  }

  #logEnd(end: EnforcerEnd, pause: number): void {
    this.#options.log.error(
      `No enforcer: ${describeEnd(end)}; ${this.remainder}; restarting it in ${
        renderDuration(pause)
      }`,
    );
  }

  async #wait(ms: number): Promise<void> {
    await within(ms, this.#stopped.promise);
  }
}
