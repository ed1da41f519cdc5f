/**
 * The wrappers' connections: each question gets one answer, in order. The
 * enforcer accepts, knows who is there, and carries one line of each at a time;
 * here is what they mean (src/protocol/agent.ts). Whoever sends garbage is told once.
 */
import { cleanText } from "@/base/text.ts";
import { Bucket } from "@/base/rate_limiter.ts";
import { type FromEnforcer, tell } from "@/protocol/enforcer.ts";
import type { Families } from "@/agent/processes/protected_processes.ts";
import { parseRequest } from "./requests.ts";

/** A wrapper asks for a proof up to 50 times in half a second, twice in a bad round. */
const BURST = 200;
const PER_SECOND = 100;
const COMM_LENGTH = 16;

/** What the enforcer says about connections. */
export type GateMessage = Extract<
  FromEnforcer,
  { readonly t: "open" | "line" | "closed" | "protected" }
>;

/** What the gate needs. */
export interface GateOptions {
  readonly families: Families;
  /** Sends lines to the enforcer. */
  readonly say: (...lines: string[]) => void;
  /** What the agent says of itself. */
  readonly about: () => Readonly<Record<string, unknown>>;
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number;
}

interface Connection {
  readonly id: number;
  readonly pid: number;
  readonly nspid: number;
  readonly bucket: Bucket;
  family: number | undefined;
}

/** All connections of now. */
export class Gate {
  readonly #options: GateOptions;
  readonly #connections = new Map<number, Connection>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Open connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** The enforcer has ended, and every connection with it. */
  reset(): void {
    this.#connections.clear();
  }

  /** Takes one line of the enforcer. */
  take(message: GateMessage): void {
    if (message.t === "open") {
      const { id, pid, nspid } = message;
      const bucket = new Bucket(BURST, PER_SECOND, this.#options.now());
      this.#connections.set(id, { id, pid, nspid, bucket, family: undefined });
      return;
    }
    const connection = this.#connections.get(message.id);
    // Closed by us a moment ago.
    if (!connection) return;
    if (message.t === "closed") this.#connections.delete(message.id);
    if (message.t === "line") this.#takeLine(connection, message.line);
    if (message.t === "protected") this.#takeProtected(connection, message);
  }

  #takeLine(connection: Connection, line: string): void {
    const { say, about, now, families } = this.#options;
    const { id, family, bucket } = connection;
    if (!bucket.take(now())) {
      return this.#refuse(connection, "too many requests");
    }
    const request = parseRequest(line);
    if (request.op === "bad") return this.#refuse(connection, request.reason);
    if (request.op === "protect") return say(tell.protect(id));
    if (request.op === "hello") {
      return say(tell.answer(id, { ...request, protocol: 1, ...about() }));
    }
    const attacks = family === undefined
      ? []
      : families.listAttacks(family, now());
    say(tell.answer(id, {
      ...request,
      protected: family !== undefined && families.has(family),
      attacks: attacks.map((attack) => ({
        ...attack,
        comm: cleanText(attack.comm, COMM_LENGTH),
      })),
    }));
  }

  #takeProtected(
    connection: Connection,
    { ok, pid, family, reason }: Extract<GateMessage, { t: "protected" }>,
  ): void {
    const { say, families } = this.#options;
    const { id, nspid } = connection;
    if (ok && family !== undefined) {
      connection.family = family;
      families.register(family, pid);
      say(tell.answer(id, { op: "protect", pid: nspid, protected: true }));
    } else {
      say(tell.answer(id, makeError(reason ?? "it cannot be protected")));
    }
  }

  /** One line that says why, and the end of the connection. */
  #refuse({ id }: Connection, reason: string): void {
    this.#connections.delete(id);
    this.#options.say(tell.answer(id, makeError(reason)), tell.close(id));
  }
}

function makeError(reason: string) {
  return { op: "error", reason: cleanText(reason, 200) };
}
