/** One way to one API server, with credentials that are kept fresh. */
import type { Access, KeyPair, ServerTrust } from "./access.ts";
import { type Credentials, obtainCredentials } from "./credentials.ts";
import { FleetError } from "./failure.ts";
import { openNodeTransport } from "./node_transport.ts";
import { FetchTransport, type Reply, type Transport } from "./transport.ts";

/** How much may be under way at once, and connections where HTTP/2 is not to be had. */
export const PARALLEL = 64;
/** Credentials that end so soon are replaced before a round. */
const FRESH_MS = 30_000;

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
  #transport: Transport | undefined;

  constructor(access: Access, variables: ReadonlyMap<string, string>) {
    this.access = access;
    this.#variables = variables;
  }

  /** To be called before each round. @throws FleetError */
  async refresh(): Promise<void> {
    const { login, trust } = this.access;
    const ends = this.#credentials?.expiresAt ?? Infinity;
    const isKept = this.#credentials !== undefined &&
      login.tokenFile === undefined && ends > Date.now() + FRESH_MS;
    if (isKept) return;
    const before = this.#credentials?.keyPair;
    this.#credentials = await obtainCredentials(login, this.#variables);
    const { keyPair } = this.#credentials;
    if (this.#transport && before?.cert === keyPair?.cert) return;
    this.close();
    this.#transport = await openTransport(trust, keyPair);
  }

  /** One GET below the server's address. */
  get(path: string, limits: Limits): Promise<Reply> {
    const { limitBytes, limitMs, signal, accept } = limits;
    if (!this.#transport) throw new TypeError("refresh() comes first");
    return this.#transport.get({
      url: new URL(path, this.access.server),
      headers: {
        ...this.#credentials?.headers,
        accept: accept ?? "application/json",
      },
      limitBytes,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
  }

  close(): void {
    this.#transport?.close();
    this.#transport = undefined;
  }
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
        maxSockets: PARALLEL,
        ...(ca && { ca }),
        ...(serverName && { servername: serverName }),
        ...keyPair,
      });
    }
    return new FetchTransport({
      poolMaxIdlePerHost: PARALLEL,
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
