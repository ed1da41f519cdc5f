/**
 * What the tests ask of a Vault, be it the real OpenBao or the development
 * Vault: the same calls on both, so that a case can run on either.
 */

import type { Certificates } from "./certificates.ts";

/** One answer of Vault's HTTP API, `body` parsed when it is JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- JSON of another program, asserted on
  readonly body: any;
}

/** What a request may say besides method, path and body. */
export interface ApiOptions {
  /** Default: the root token. Empty: no token header. */
  readonly token?: string;
  readonly namespace?: string;
  readonly query?: string;
  /** Wraps the answer for this time. */
  readonly wrapTtl?: string;
  /** Client certificate and key, PEM. */
  readonly identity?: { readonly cert: string; readonly key: string };
}

/** A server under the test's control. */
export interface VaultServer {
  readonly name: "OpenBao" | "dev Vault";
  readonly address: string;
  /** The same server behind a certificate whose time is over. */
  readonly expiredAddress: string;
  /** The same server behind a certificate for another name. */
  readonly wrongNameAddress: string;
  readonly certificates: Certificates;
  readonly caFile: string;
  readonly rootToken: string;
  /** One request to /v1/`path`; throws only when there is no answer. */
  api(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** Ends it as a crash would; what was stored stays. */
  kill(): Promise<void>;
  /** Starts it again on the same address; `sealed` leaves it sealed. */
  restart(options?: { readonly sealed?: boolean }): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Sends requests to one server; owns an HTTP client, hence `close`. */
export class ApiClient {
  readonly #address: string;
  readonly #rootToken: string;
  readonly #ca: string;
  readonly #client: Deno.HttpClient;

  constructor(address: string, rootToken: string, ca: string) {
    this.#address = address;
    this.#rootToken = rootToken;
    this.#ca = ca;
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  /** As `VaultServer.api`. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    options: ApiOptions = {},
  ): Promise<ApiAnswer> {
    const headers = new Headers({ "X-Vault-Request": "true" });
    const token = options.token ?? this.#rootToken;
    if (token !== "") headers.set("X-Vault-Token", token);
    if (options.namespace) {
      headers.set("X-Vault-Namespace", options.namespace);
    }
    if (options.wrapTtl) headers.set("X-Vault-Wrap-TTL", options.wrapTtl);
    const own = options.identity && Deno.createHttpClient({
      caCerts: [this.#ca],
      ...options.identity,
    });
    try {
      const query = options.query ? `?${options.query}` : "";
      const response = await fetch(`${this.#address}/v1/${path}${query}`, {
        method,
        headers,
        redirect: "manual",
        client: own ?? this.#client,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await read(response);
    } finally {
      own?.close();
    }
  }

  close(): void {
    this.#client.close();
  }
}

async function read(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const { status, headers } = response;
  try {
    return { status, headers, text, body: JSON.parse(text) };
  } catch {
    return { status, headers, text, body: undefined };
  }
}

/** Fails with the server's own words when the answer is not a success. */
export function succeed(answer: ApiAnswer): ApiAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`Vault answered ${answer.status}: ${answer.text.trim()}`);
}
