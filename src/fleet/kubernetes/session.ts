/** Requests to one API server, with credentials that are renewed. */
import type { Access, KeyPair, ServerTrust } from "./access.ts";
import { type Credentials, obtainCredentials } from "./credentials.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import { openNodeTransport } from "./node_transport.ts";
import {
  FetchTransport,
  type Reply,
  TOOL,
  type Transport,
} from "./transport.ts";

/** Requests at a time while all wrappers respond quickly. */
export const PARALLEL = 64;
/** Maximum of requests at a time, when some are slow. */
export const MOST_PARALLEL = 256;
/**
 * Requests for each transport. Over HTTP/2 a transport is one connection, and
 * API servers process 100 requests of one connection at a time.
 */
const PER_TRANSPORT = 64;
/** Credentials that expire within this time are renewed before a round. */
const FRESH_MS = 30_000;

const BUSY = 429;
const TRIES = 3;

/** Limits of one request. */
export interface Limits {
  readonly limitBytes: number;
  readonly limitMs: number;
  /** Cancels the request. */
  readonly signal: AbortSignal;
  readonly accept?: string;
}

/** A session with one API server. The caller closes it. */
export class Session {
  readonly access: Access;
  readonly #variables: ReadonlyMap<string, string>;
  #credentials: Credentials | undefined;
  #lanes: Lane[] = [];

  constructor(access: Access, variables: ReadonlyMap<string, string>) {
    this.access = access;
    this.#variables = variables;
  }

  /** Call it before each round. @throws FleetError, or the signal's reason */
  async refresh(signal: AbortSignal): Promise<void> {
    const { login } = this.access;
    const ends = this.#credentials?.expiresAt ?? Infinity;
    const isKept = this.#credentials !== undefined &&
      login.tokenFile === undefined && ends > Date.now() + FRESH_MS;
    if (isKept) return;
    const before = this.#credentials?.keyPair;
    this.#credentials = await obtainCredentials(login, this.#variables, signal);
    const { keyPair } = this.#credentials;
    if (before?.cert !== keyPair?.cert) this.close();
    // Reports unusable certificates before the first request.
    await this.#chooseLane(this.#credentials).transport;
  }

  /** One GET below the server's address. Retries after HTTP 429, if Retry-After ends within the time limit. */
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
    if (!this.#credentials) throw new TypeError("call refresh() first");
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

  /** The first lane with capacity, or a new one. */
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
      // The error of a failed open was reported to its requests.
      transport.then((open) => open.close(), () => {});
    }
    this.#lanes = [];
  }
}

/** A transport, and the number of requests on it. */
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
    // The message of the cause may quote the key.
    throw new FleetError(
      "Cannot use the certificates for the server: the key must match its certificate, and all must be PEM",
    );
  }
}

/**
 * Sets the authorities to trust, as kubectl does: only the kubeconfig's, or else
 * the public ones and the machine's. Deno's `caCerts` adds to a store, which
 * Deno fills from this variable at the first use of TLS.
 */
function trustOnly(ca: string | undefined): void {
  Deno.env.set("DENO_TLS_CA_STORE", ca ? "," : "mozilla,system");
}
