/** One way to one API server, with credentials that are kept fresh. */
import type { Access, KeyPair, ServerTrust } from "./access.ts";
import { type Credentials, obtainCredentials } from "./credentials.ts";
import { FleetError } from "@/fleet/command/failure.ts";
import { openNodeTransport } from "./node_transport.ts";
import {
  FetchTransport,
  type Reply,
  TOOL,
  type Transport,
} from "./transport.ts";

/** How much is under way at once as long as all answer. */
export const PARALLEL = 64;
/** And at most, where some do not. */
export const MOST_PARALLEL = 256;
/**
 * A transport of its own for so many: over HTTP/2 it is one connection, of which
 * API servers take 100 requests at a time and let the others wait.
 */
const PER_TRANSPORT = 64;
/** Credentials that end so soon are replaced before a round. */
const FRESH_MS = 30_000;

const BUSY = 429;
const TRIES = 3;

/** Limits of one request. */
export interface Limits {
  readonly limitBytes: number;
  readonly limitMs: number;
  /** Ends all requests. */
  readonly signal: AbortSignal;
  readonly accept?: string;
}

/** Requests to one API server; `close` it. */
export class Session {
  readonly access: Access;
  readonly #variables: ReadonlyMap<string, string>;
  #credentials: Credentials | undefined;
  #lanes: Lane[] = [];

  constructor(access: Access, variables: ReadonlyMap<string, string>) {
    this.access = access;
    this.#variables = variables;
  }

  /** To be called before each round. @throws FleetError, or the signal's reason */
  async refresh(signal: AbortSignal): Promise<void> {
    const { login } = this.access;
    const ends = this.#credentials?.expiresAt ?? Infinity;
    const isKept = this.#credentials !== undefined &&
      login.tokenFile === undefined && ends > Date.now() + FRESH_MS;
    if (isKept) return;
    const before = this.#credentials?.keyPair;
    this.#credentials = await obtainCredentials(
      login,
      this.#variables,
      signal,
    );
    const { keyPair } = this.#credentials;
    if (before?.cert !== keyPair?.cert) this.close();
    // What cannot be opened is told before anything is asked.
    await this.#chooseLane(this.#credentials).transport;
  }

  /** One GET below the server's address; again when the server is busy, once it says when, if that is in time. */
  async get(path: string, limits: Limits): Promise<Reply> {
    const end = performance.now() + limits.limitMs;
    for (let left = TRIES;; left--) {
      const reply = await this.#getOnce(path, limits);
      const pause = (reply.retryAfter ?? 1) * 1000;
      const isLate = left <= 1 || performance.now() + pause >= end;
      if (reply.status !== BUSY || isLate) return reply;
      await new Promise((resolve) => setTimeout(resolve, pause));
      limits.signal.throwIfAborted();
    }
  }

  async #getOnce(path: string, limits: Limits): Promise<Reply> {
    const { limitBytes, limitMs, signal, accept } = limits;
    if (!this.#credentials) throw new TypeError("refresh() comes first");
    const lane = this.#chooseLane(this.#credentials);
    lane.busy++;
    try {
      const transport = await lane.transport;
      return await transport.get({
        url: new URL(path, this.access.server),
        headers: {
          ...this.#credentials.headers,
          accept: accept ?? "application/json",
          ...TOOL,
        },
        limitBytes,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      });
    } finally {
      lane.busy--;
    }
  }

  /** The first that has room, or a new one. */
  #chooseLane({ keyPair }: Credentials): Lane {
    const free = this.#lanes.find(({ busy }) => busy < PER_TRANSPORT);
    if (free) return free;
    const transport = openTransport(this.access.trust, keyPair);
    const lane = { transport, busy: 0 };
    this.#lanes.push(lane);
    return lane;
  }

  close(): void {
    for (const { transport } of this.#lanes) {
      // One that could not be opened has told those who waited for it.
      transport.then((open) => open.close(), () => {});
    }
    this.#lanes = [];
  }
}

/** A transport, and how much is under way on it. */
interface Lane {
  readonly transport: Promise<Transport>;
  busy: number;
}

async function openTransport(
  trust: ServerTrust,
  keyPair: KeyPair | undefined,
): Promise<Transport> {
  const { ca, insecure, serverName, proxy } = trust;
  trustOnly(ca);
  try {
    if (insecure || serverName) {
      return await openNodeTransport({
        rejectUnauthorized: !insecure,
        maxSockets: PER_TRANSPORT,
        ...(ca && { ca }),
        ...(serverName && { servername: serverName }),
        ...keyPair,
      });
    }
    return new FetchTransport({
      poolMaxIdlePerHost: PER_TRANSPORT,
      ...(ca && { caCerts: [ca] }),
      ...(proxy && { proxy: { url: proxy } }),
      ...keyPair,
    });
  } catch {
    // Its message may quote the key.
    throw new FleetError(
      "The certificates to reach the server with cannot be used: the key must fit its certificate, and all be PEM",
    );
  }
}

/**
 * Deno's `caCerts` adds to a store that it fills at the first use of TLS. A
 * private authority shall be the only one; without one, those of the machine
 * count too, as for kubectl.
 */
function trustOnly(ca: string | undefined): void {
  Deno.env.set("DENO_TLS_CA_STORE", ca ? "," : "mozilla,system");
}
