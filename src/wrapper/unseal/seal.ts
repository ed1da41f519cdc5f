/**
 * Serves `POST /v1/unseal`: tries one token at a time until Vault accepts one. A
 * request is read directly into secret memory and wiped there when refused.
 */
import { readBody, type Refusal } from "./request.ts";
import { Timer } from "@/base/timer.ts";
import { findToken } from "./token_body.ts";

/** The beginning of an unseal request; all that follows is read into secret memory. */
export const UNSEAL = "POST /v1/unseal ";

/** Time limit for sending a request. */
const READ_LIMIT_MS = 5000;
/** A request that has arrived completely is read within this time, even if a newer one waits. */
const TURN_MS = 5;
/** Pause after a refused token, so that guessing does not load Vault. */
const PAUSE_MS = 1000;

/** The result of one attempt. */
export type TryResult = { readonly accepted: true } | {
  readonly accepted: false;
  readonly status: number;
  readonly error: string;
};

/** What a seal needs. */
export interface SealOptions {
  /** Secret memory for one request. Not touched after a token in it is accepted. */
  readonly buffer: Uint8Array;
  /** Accept only peers of this network namespace. */
  readonly loopbackOnly: boolean;
  /** Tries a token, a view on `buffer`, from an address. Never rejects. */
  readonly tryToken: (token: Uint8Array, peer: string) => Promise<TryResult>;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

/** A connection that is being read, or waits for it. */
interface Reader {
  readonly connection: Deno.TcpConn;
  readonly begun: Promise<void>;
  readonly done: Promise<void>;
}

/** One seal. After the first accepted token it refuses all requests. */
export class Seal {
  readonly #options: SealOptions;
  #reader: Reader | undefined;
  #isTrying = false;
  #isUnsealed = false;
  #isOver = false;
  #quietUntil = 0;

  constructor(options: SealOptions) {
    this.#options = options;
  }

  /** Answers one request, of which {@linkcode UNSEAL} was read. Never rejects. */
  async answer(connection: Deno.TcpConn): Promise<Reply> {
    try {
      const refusal = this.#refuse(connection.remoteAddr) ??
        await this.#try(connection);
      if (!refusal) return render(200, { sealed: false });
      const { status, error } = refusal;
      return render(status, { sealed: !this.#isUnsealed, error });
    } catch {
      // The peer closed, took too long, or was replaced by a newer one.
      return render(408, { sealed: !this.#isUnsealed, error: "no request" });
    }
  }

  /** Refuses all requests from now on; the buffer is not touched afterwards. */
  async end(): Promise<void> {
    this.#isOver = true;
    const reader = this.#reader;
    if (!reader) return;
    shut(reader.connection);
    await reader.done;
  }

  #refuse(peer: Deno.Addr): Refusal | undefined {
    if (this.#options.loopbackOnly && !isLoopback(peer)) {
      return {
        status: 403,
        error: "only from loopback, for example through kubectl port-forward",
      };
    }
    if (this.#isUnsealed) return { status: 409, error: "not sealed" };
    if (this.#isTrying) {
      return { status: 429, error: "another token is being tried" };
    }
    if (this.#isOver || performance.now() < this.#quietUntil) {
      return { status: 429, error: "try again in a second" };
    }
    return undefined;
  }

  async #try(connection: Deno.TcpConn): Promise<Refusal | undefined> {
    const peer = connection.remoteAddr;
    const body = await this.#receive(connection);
    if (!(body instanceof Uint8Array)) return body;
    // While a token is tried no other request writes to the buffer.
    try {
      const token = findToken(body);
      if (!token) {
        return { status: 400, error: 'the body must be {"token":"…"}' };
      }
      const result = await this.#options.tryToken(token, nameOf(peer));
      this.#isUnsealed = result.accepted;
      if (result.accepted) return undefined;
      this.#quietUntil = performance.now() + PAUSE_MS;
      return result;
    } finally {
      this.#wipe();
      this.#isTrying = false;
    }
  }

  /**
   * Reads one request. A newer one replaces it after a moment: a slow peer must
   * not keep others out.
   */
  async #receive(connection: Deno.TcpConn): Promise<Uint8Array | Refusal> {
    const before = this.#reader;
    const begun = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const mine = { connection, begun: begun.promise, done: done.promise };
    this.#reader = mine;
    try {
      if (before) await takeTurn(before);
      begun.resolve();
      return this.#refuse(connection.remoteAddr) ??
        await this.#read(connection);
    } finally {
      if (this.#reader === mine) this.#reader = undefined;
      begun.resolve();
      done.resolve();
    }
  }

  async #read(connection: Deno.TcpConn): Promise<Uint8Array | Refusal> {
    const timer = new Timer(READ_LIMIT_MS, () => shut(connection));
    try {
      const body = await readBody(connection, this.#options.buffer);
      this.#isTrying = body instanceof Uint8Array;
      return body;
    } finally {
      timer.cancel();
      if (!this.#isTrying) this.#wipe();
    }
  }

  #wipe(): void {
    if (!this.#isUnsealed && !this.#isOver) this.#options.buffer.fill(0);
  }
}

/** Waits until the previous request is read; closes it after TURN_MS. */
async function takeTurn(before: Reader): Promise<void> {
  await before.begun;
  const timer = new Timer(TURN_MS, () => shut(before.connection));
  await before.done;
  timer.cancel();
}

function shut(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

function nameOf(peer: Deno.Addr): string {
  return "hostname" in peer ? peer.hostname : "";
}

function isLoopback(peer: Deno.Addr): boolean {
  const hostname = nameOf(peer);
  return /^(?:::ffff:)?127\./.test(hostname) || hostname === "::1";
}

function render(status: number, body: Record<string, unknown>): Reply {
  return {
    status,
    body: `${JSON.stringify(body)}\n`,
    type: "application/json; charset=utf-8",
  };
}
