/** One enforcer process: its messages until it ends, and the commands sent to it. */
import { messageOf } from "@/base/errors.ts";
import type { Ending } from "@/process/children.ts";
import type { LineChannel } from "@/process/line_channel.ts";
import { signalName } from "@/base/signals.ts";
import { pause, within } from "@/base/timer.ts";
import { type FromEnforcer, parseEnforcerLine } from "@/protocol/enforcer.ts";

/** A started process; tests supply a fake. */
export interface EnforcerProcess {
  readonly channel: LineChannel;
  readonly ended: Promise<Ending>;
  /** Terminates it. */
  end(): void;
}

/** How long an enforcer may be silent before it counts as hung. */
export interface EnforcerLimits {
  /** Until its first message: the kernel verifies programs for seconds, or minutes on a slow machine. */
  readonly startMs: number;
  /** Afterwards it answers a `stats` command every few seconds. */
  readonly silenceMs: number;
}

const LIMITS: EnforcerLimits = { startMs: 300_000, silenceMs: 30_000 };
/** With more commands in the queue, the enforcer does not read. */
const MAX_QUEUED = 20_000;
/** Number of events in a row before a pause, so that attacks in a loop cannot use a whole processor. */
const EVENTS_PER_PAUSE = 200;
const PAUSE_MS = 5;
/** Time between the end of the channel and the end of the process. */
const EXIT_LIMIT_MS = 2000;

/** Why an enforcer ended. */
export interface EnforcerEnd {
  readonly reason: string;
  /** What the operator can do; may be empty. */
  readonly remedy: string;
  /** Its exit status, or 128 + signal. */
  readonly code: number;
}

/** Reason and remedy in one text. */
export function describeEnd({ reason, remedy }: EnforcerEnd): string {
  return remedy === "" ? reason : `${reason}: ${remedy}`;
}

/** A running enforcer. */
export class Enforcer {
  readonly #process: EnforcerProcess;
  readonly #limits: EnforcerLimits;
  #queue: string[] = [];
  #sending: Promise<void> | undefined;
  #fatal: { reason: string; remedy: string } | undefined;
  #failure: string | undefined;

  constructor(process: EnforcerProcess, limits: EnforcerLimits = LIMITS) {
    this.#process = process;
    this.#limits = limits;
  }

  /** Queues commands; never blocks. */
  send(...lines: string[]): void {
    this.#queue.push(...lines);
    if (this.#queue.length > MAX_QUEUED) {
      this.#fail("the enforcer does not read its commands");
    }
    this.#sending ??= this.#flush();
  }

  /** Calls `handle` with each message until the enforcer has ended. Never rejects. */
  async listen(handle: (message: FromEnforcer) => void): Promise<EnforcerEnd> {
    try {
      await this.#receive(handle);
    } catch (error) {
      this.#fail(`cannot read from the enforcer: ${messageOf(error)}`);
    }
    return await this.#explainEnd();
  }

  /** Terminates it. */
  end(): void {
    this.#process.end();
  }

  async #receive(handle: (message: FromEnforcer) => void): Promise<void> {
    const { channel } = this.#process;
    const { startMs, silenceMs } = this.#limits;
    let limit = startMs;
    let events = 0;
    for (;;) {
      const line = await channel.receive(limit);
      if (line === undefined) return;
      limit = silenceMs;
      const message = parseEnforcerLine(line);
      if (!message) {
        return this.#fail("the enforcer sent an invalid message");
      }
      if (message.t === "fatal") this.#fatal = message;
      else handle(message);
      events = message.t === "event" ? events + 1 : 0;
      if (events < EVENTS_PER_PAUSE) continue;
      events = 0;
      await pause(PAUSE_MS);
    }
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const lines = this.#queue;
        this.#queue = [];
        await this.#process.channel.send(...lines);
      }
    } catch (error) {
      this.#fail(`cannot write to the enforcer: ${messageOf(error)}`);
    } finally {
      this.#sending = undefined;
    }
  }

  #fail(failure: string): void {
    this.#failure ??= failure;
    this.#queue = [];
    this.#process.end();
  }

  async #explainEnd(): Promise<EnforcerEnd> {
    const { code, signal } = await within(EXIT_LIMIT_MS, this.#process.ended) ??
      { code: 0, signal: 0 };
    this.#process.end();
    // A thread may still write to the descriptor, whose number could be reused.
    await this.#sending;
    this.#process.channel.close();
    if (this.#fatal) return { ...this.#fatal, code };
    const how = signal ? `killed by ${signalName(signal)}` : `exit ${code}`;
    const reason = this.#failure ?? `the enforcer ended (${how})`;
    return { reason, remedy: "", code };
  }
}
