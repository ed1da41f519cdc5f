/**
 * One life of the enforcer: its lines one by one until it ends, and what it is
 * told. Sent lines wait in a queue, in their order, and never hold up who says them.
 */
import { messageOf } from "@/base/errors.ts";
import type { Ending } from "@/process/children.ts";
import type { LineChannel } from "@/process/line_channel.ts";
import { signalName } from "@/base/signals.ts";
import { type FromEnforcer, parseEnforcerLine } from "@/protocol/enforcer.ts";

/** A process that was started, or a test that plays one. */
export interface EnforcerProcess {
  readonly channel: LineChannel;
  readonly ended: Promise<Ending>;
  /** Ends it at once. */
  end(): void;
}

/** It says something at least every few seconds, because it is asked to. */
const SILENCE_LIMIT_MS = 30_000;
/** More lines than this are not waited for: it does not read. */
const MOST_QUEUED = 20_000;
/** So many events in a row, and we rest: who attacks in a loop must not get a whole processor. */
const EVENTS_IN_A_ROW = 200;
const REST_MS = 5;
/** How long an end is waited for once its channel has closed. */
const END_LIMIT_MS = 2000;

/** Why an enforcer ended, as far as it said so itself. */
export interface EnforcerEnd {
  readonly reason: string;
  readonly remedy: string;
  /** Its exit status, or 128 + signal. */
  readonly code: number;
}

/** The enforcer as long as it lives. */
export class Enforcer {
  readonly #process: EnforcerProcess;
  #queue: string[] = [];
  #sending: Promise<void> | undefined;
  #fatal: { reason: string; remedy: string } | undefined;
  #trouble: string | undefined;

  constructor(process: EnforcerProcess) {
    this.#process = process;
  }

  /** Queues lines. */
  say(...lines: string[]): void {
    this.#queue.push(...lines);
    if (this.#queue.length > MOST_QUEUED) {
      this.#fail("the enforcer does not read what it is told");
    }
    this.#sending ??= this.#send();
  }

  /** Hands out what it says until it has ended. Never rejects. */
  async listen(take: (message: FromEnforcer) => void): Promise<EnforcerEnd> {
    try {
      await this.#listen(take);
    } catch (error) {
      this.#fail(`the enforcer does not speak: ${messageOf(error)}`);
    }
    return await this.#explain();
  }

  /** Ends it. */
  end(): void {
    this.#process.end();
  }

  async #listen(take: (message: FromEnforcer) => void): Promise<void> {
    const { channel } = this.#process;
    let events = 0;
    for (;;) {
      const line = await channel.receive(SILENCE_LIMIT_MS);
      if (line === undefined) return;
      const message = parseEnforcerLine(line);
      if (!message) {
        return this.#fail("the enforcer said what is no line of ours");
      }
      if (message.t === "fatal") this.#fatal = message;
      else take(message);
      events = message.t === "event" ? events + 1 : 0;
      if (events < EVENTS_IN_A_ROW) continue;
      events = 0;
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  }

  async #send(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const lines = this.#queue;
        this.#queue = [];
        await this.#process.channel.send(...lines);
      }
    } catch (error) {
      this.#fail(`the enforcer cannot be told anything: ${messageOf(error)}`);
    } finally {
      this.#sending = undefined;
    }
  }

  #fail(trouble: string): void {
    this.#trouble ??= trouble;
    this.#queue = [];
    this.#process.end();
  }

  async #explain(): Promise<EnforcerEnd> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<Ending>((resolve) => {
      timer = setTimeout(() => resolve({ code: 0, signal: 0 }), END_LIMIT_MS);
    });
    const { code, signal } = await Promise.race([this.#process.ended, limit]);
    clearTimeout(timer);
    this.#process.end();
    // Not while a thread may still write to it: the number may be another's then.
    await this.#sending;
    this.#process.channel.close();
    if (this.#fatal) return { ...this.#fatal, code };
    const how = signal ? `killed by ${signalName(signal)}` : `exit ${code}`;
    const reason = this.#trouble ?? `the enforcer ended (${how})`;
    return { reason, remedy: "", code };
  }
}
