/**
 * The seal: waits for a token by `POST /v1/unseal`, tries one at a time, and is
 * broken by the first that Vault takes. A request is read straight into secret
 * memory; what is refused is wiped there.
 */
import { readBody, type Refusal } from "./request.ts";
import { findToken } from "./token_body.ts";

/** How a request to unseal begins; all that follows is read into secret memory. */
export const UNSEAL = "POST /v1/unseal ";

/** A peer has this long to send its request. */
const READ_LIMIT_MS = 5000;
/** In which a request that is there in full has been read, whoever comes behind it. */
const TURN_MS = 5;
/** After a token that was refused: who guesses shall not keep Vault busy. */
const PAUSE_MS = 1000;

/** What came of one try. */
export type Offer = { readonly taken: true } | {
  readonly taken: false;
  readonly status: number;
  readonly error: string;
};

/** What a seal is made with. */
export interface SealOptions {
  /** Secret memory for one request. Once a token in it is taken it is left alone. */
  readonly room: Uint8Array;
  /** Whether only peers of this network namespace may ask. */
  readonly loopbackOnly: boolean;
  /** Tries a token that lies in `room`, from an address. Never rejects. */
  readonly offer: (token: Uint8Array, peer: string) => Promise<Offer>;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

/** One whose turn it is, or will be. */
interface Reader {
  readonly connection: Deno.TcpConn;
  readonly begun: Promise<void>;
  readonly done: Promise<void>;
}

/** One seal; once broken it stays broken. */
export class Seal {
  readonly #options: SealOptions;
  #reader: Reader | undefined;
  #isTrying = false;
  #isBroken = false;
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
      return render(status, { sealed: !this.#isBroken, error });
    } catch {
      // It went away, took too long, or gave way to a newer one: nobody reads this.
      return render(408, { sealed: !this.#isBroken, error: "no request" });
    }
  }

  /** Nobody is answered any more; then the room is not touched and may go. */
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
        error: "only from loopback, as kubectl port-forward does",
      };
    }
    if (this.#isBroken) return { status: 409, error: "it is not sealed" };
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
    // As long as it is tried nobody else writes into the room.
    try {
      const token = findToken(body);
      if (!token) return { status: 400, error: 'the body is {"token":"…"}' };
      const offer = await this.#options.offer(token, nameOf(peer));
      this.#isBroken = offer.taken;
      if (offer.taken) return undefined;
      this.#quietUntil = performance.now() + PAUSE_MS;
      return offer;
    } finally {
      this.#wipe();
      this.#isTrying = false;
    }
  }

  /**
   * Reads one request. Who comes while another is being read takes its place
   * after a moment: a peer that dawdles must not keep out one that does not.
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
    const timer = setTimeout(() => shut(connection), READ_LIMIT_MS);
    try {
      const body = await readBody(connection, this.#options.room);
      this.#isTrying = body instanceof Uint8Array;
      return body;
    } finally {
      clearTimeout(timer);
      if (!this.#isTrying) this.#wipe();
    }
  }

  #wipe(): void {
    if (!this.#isBroken && !this.#isOver) this.#options.room.fill(0);
  }
}

/** Waits until the one before has been read, or has had its time. */
async function takeTurn(before: Reader): Promise<void> {
  await before.begun;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isLate = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), TURN_MS);
  });
  if (await Promise.race([before.done, isLate])) shut(before.connection);
  clearTimeout(timer);
  await before.done;
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
