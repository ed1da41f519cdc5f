/**
 * Answers wrappers: each request gets one answer, in order. The enforcer accepts
 * the connections, knows the peers and passes on one line of each at a time;
 * src/protocol/agent.ts defines the requests. An invalid request gets one error
 * and ends the connection.
 */
import { cleanText } from "@/base/text.ts";
import { RateLimiter } from "@/base/rate_limiter.ts";
import { PROTOCOL } from "@/protocol/agent.ts";
import { COMMANDS, type FromEnforcer } from "@/protocol/enforcer.ts";
import type { ProcessTrees } from "@/agent/processes/process_trees.ts";

/** A wrapper asks up to 50 times in half a second for one proof, and may repeat it at once. */
const BURST = 200;
const PER_SECOND = 100;
const COMM_LENGTH = 16;
const NONCE = /^[0-9A-Za-z_-]{1,64}$/;

/** The enforcer's messages about connections. */
export type ConnectionMessage = Extract<
  FromEnforcer,
  { readonly t: "open" | "line" | "closed" | "protected" }
>;

/** What the answers need. */
export interface WrapperRequestsOptions {
  readonly trees: ProcessTrees;
  /** Sends commands to the enforcer. */
  readonly send: (...lines: string[]) => void;
  /** The agent's part of the answer to `hello`. */
  readonly about: () => Readonly<Record<string, unknown>>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

interface Connection {
  readonly id: number;
  readonly pid: number;
  readonly nspid: number;
  readonly limiter: RateLimiter;
  tree: number | undefined;
}

/** The requests of all open connections. */
export class WrapperRequests {
  readonly #options: WrapperRequestsOptions;
  readonly #connections = new Map<number, Connection>();

  constructor(options: WrapperRequestsOptions) {
    this.#options = options;
  }

  /** Number of open connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** The enforcer has ended, and with it every connection. */
  reset(): void {
    this.#connections.clear();
  }

  /** Handles one message. */
  handle(message: ConnectionMessage): void {
    if (message.t === "open") {
      const { id, pid, nspid } = message;
      const limiter = new RateLimiter(BURST, PER_SECOND, this.#options.now());
      this.#connections.set(id, { id, pid, nspid, limiter, tree: undefined });
      return;
    }
    const connection = this.#connections.get(message.id);
    // This side may just have closed it.
    if (!connection) return;
    if (message.t === "closed") this.#connections.delete(message.id);
    if (message.t === "line") this.#handleLine(connection, message.line);
    if (message.t === "protected") this.#handleProtected(connection, message);
  }

  #handleLine(connection: Connection, line: string): void {
    const { send, about, now, trees } = this.#options;
    const { id, tree, limiter } = connection;
    if (!limiter.allow(now())) {
      return this.#refuse(connection, "too many requests");
    }
    const request = parseRequest(line);
    if (request.op === "bad") return this.#refuse(connection, request.reason);
    if (request.op === "protect") return send(COMMANDS.protect(id));
    if (request.op === "hello") {
      const hello = { ...request, protocol: PROTOCOL, ...about() };
      return send(COMMANDS.answer(id, hello));
    }
    const attacks = tree === undefined ? [] : trees.listAttacks(tree, now());
    send(COMMANDS.answer(id, {
      ...request,
      protected: tree !== undefined && trees.has(tree),
      attacks: attacks.map((attack) => ({
        ...attack,
        comm: cleanText(attack.comm, COMM_LENGTH),
      })),
    }));
  }

  #handleProtected(
    connection: Connection,
    { ok, pid, tree, reason }: Extract<ConnectionMessage, { t: "protected" }>,
  ): void {
    const { send, trees } = this.#options;
    const { id, nspid } = connection;
    if (ok && tree !== undefined) {
      connection.tree = tree;
      trees.register(tree, pid);
      send(COMMANDS.answer(id, { op: "protect", pid: nspid, protected: true }));
    } else {
      send(COMMANDS.answer(id, makeError(reason ?? "it cannot be protected")));
    }
  }

  #refuse({ id }: Connection, reason: string): void {
    this.#connections.delete(id);
    this.#options.send(
      COMMANDS.answer(id, makeError(reason)),
      COMMANDS.close(id),
    );
  }
}

function makeError(reason: string) {
  return { op: "error", reason: cleanText(reason, 200) };
}

/** A valid request, or why it is invalid. */
export type Request =
  | { readonly op: "hello"; readonly nonce: string }
  | { readonly op: "protect" }
  | { readonly op: "proof"; readonly nonce: string }
  | { readonly op: "bad"; readonly reason: string };

/** Parses one line of an untrusted peer. Unknown fields are ignored; no field names a process. */
export function parseRequest(line: string): Request {
  const bad = (reason: string) => ({ op: "bad", reason }) as const;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return bad("invalid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return bad("not a JSON object");
  }
  const { op, nonce, protocol } = value as Record<string, unknown>;
  if (op === "protect") return { op };
  if (op !== "hello" && op !== "proof") {
    return bad("op must be hello, protect or proof");
  }
  if (typeof nonce !== "string" || !NONCE.test(nonce)) {
    return bad("nonce must be 1 to 64 letters, digits, - or _");
  }
  if (op === "hello" && protocol !== undefined && protocol !== PROTOCOL) {
    return bad(`only protocol ${PROTOCOL} is supported`);
  }
  return { op, nonce };
}
