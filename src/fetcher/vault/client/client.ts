/**
 * Vault's HTTP API: sends requests, retries, and follows redirects on the same
 * server. Callers interpret 403 and 404.
 */
import { ConfigError } from "@/base/errors.ts";
import { Deadline } from "@/fetcher/vault/transport/deadline.ts";
import type { CredentialDetector } from "./credential_detector.ts";
import { judgeFailure } from "@/fetcher/vault/transport/failure.ts";
import { type JsonObject, parseObject } from "./json.ts";
import { explainBody } from "./vault_error_texts.ts";
import { followRedirect } from "@/fetcher/vault/transport/redirect.ts";
import {
  parseRetryAfter,
  retry,
  TryAgain,
  WaitNotes,
} from "@/fetcher/vault/transport/retry.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import type {
  HttpRequest,
  HttpResponse,
} from "@/fetcher/vault/transport/transport.ts";
import {
  type Endpoint,
  openEndpoint,
} from "@/fetcher/vault/transport/choose_transport.ts";

/** One request to Vault. */
export interface VaultRequest {
  readonly method: "GET" | "POST";
  /** Encoded, without `/v1/`. */
  readonly path: string;
  readonly version?: number | undefined;
  readonly token?: string | undefined;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A final response: 2xx or 4xx. `text` may contain secrets. */
export interface VaultAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: JsonObject;
  /** The meaning of an error, as text that is safe to log. */
  readonly meaning: string | undefined;
}

/** Options of a client. */
export interface ClientOptions {
  readonly settings: VaultSettings;
  /** Time limit of the job; by default the settings' deadline. */
  readonly limitMs?: number | undefined;
  /** Time since the job was sent. */
  readonly lateMs?: number | undefined;
  readonly onWait?: ((text: string) => void) | undefined;
  /** Learns every credential that is sent. */
  readonly detector?: CredentialDetector;
}

const MAX_REDIRECTS = 2;
/** Overload, replication lag, standby nodes. */
const TRANSIENT = new Set([408, 412, 425, 429, 472, 473]);

/** Requests with token, namespace, retries and a deadline. */
export class VaultClient {
  readonly deadline: Deadline;
  readonly #settings: VaultSettings;
  readonly #endpoint: Endpoint;
  readonly #notes: WaitNotes;
  readonly #detector: CredentialDetector | undefined;
  #isClosed = false;

  private constructor(options: ClientOptions, endpoint: Endpoint) {
    this.#settings = options.settings;
    this.#endpoint = endpoint;
    this.#notes = new WaitNotes(options.onWait);
    this.#detector = options.detector;
    this.deadline = Deadline.ofJob(
      options.limitMs ?? options.settings.deadlineMs,
      options.lateMs,
    );
  }

  /** @throws ConfigError for unusable certificate files */
  static async open(options: ClientOptions): Promise<VaultClient> {
    const endpoint = await openEndpoint(options.settings);
    return new VaultClient(options, endpoint);
  }

  /** How many requests to run at once. */
  get parallel(): number {
    return this.#endpoint.parallel;
  }

  /**
   * Sends a request and retries until there is a final response.
   *
   * @param deadline an earlier one than the client's
   * @throws ConfigError when a setting is wrong, VaultUnavailableError at the deadline
   */
  ask(
    request: VaultRequest,
    deadline: Deadline = this.deadline,
  ): Promise<VaultAnswer> {
    for (const sent of [request.token, ...Object.values(request.body ?? {})]) {
      if (typeof sent === "string") this.#detector?.add(sent);
    }
    return retry(() => this.#attempt(request, deadline), {
      deadline,
      maxRetries: this.#settings.maxRetries,
      who: `Vault at ${this.#settings.address}`,
      onWait: (cause) => this.#notes.note(cause),
    });
  }

  /** Closes all connections and ends all waits. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.deadline.cancel();
    this.#endpoint.transport.close();
  }

  async #attempt(
    request: VaultRequest,
    deadline: Deadline,
  ): Promise<VaultAnswer | TryAgain> {
    const response = await this.#exchange(request, deadline);
    return response instanceof TryAgain ? response : this.#judge(response);
  }

  /** One exchange, with the redirects that stay on the server. */
  async #exchange(
    request: VaultRequest,
    deadline: Deadline,
  ): Promise<HttpResponse | TryAgain> {
    const { requestTimeoutMs } = this.#settings;
    const limitMs = Math.ceil(Math.min(requestTimeoutMs, deadline.leftMs));
    const { signal, release } = deadline.limitRequest(limitMs);
    try {
      const ended = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => ended.reject(signal.reason));
      const answer = this.#follow(this.#render(request, signal));
      // Enforce the limit even if a transport ignores the signal.
      return await Promise.race([answer, ended.promise]);
    } catch (error) {
      if (signal.aborted) {
        const isCutShort = limitMs < requestTimeoutMs;
        return new TryAgain("no response in time", { isCutShort });
      }
      if (error instanceof ConfigError) throw error;
      return judgeFailure(error, this.#settings);
    } finally {
      release();
    }
  }

  async #follow(first: HttpRequest): Promise<HttpResponse | TryAgain> {
    let request = first;
    for (let hops = 0;; hops++) {
      const response = await this.#endpoint.transport.exchange(request);
      const next = followRedirect(request, response);
      if (next === undefined) return response;
      if (next instanceof TryAgain) return next;
      if (hops === MAX_REDIRECTS) {
        throw new ConfigError(
          `VAULT_ADDR ${this.#settings.address} answers with redirects only: give the address of Vault itself`,
        );
      }
      request = next;
    }
  }

  #render(request: VaultRequest, signal: AbortSignal): HttpRequest {
    const { namespace } = this.#settings;
    const { token, body, version } = request;
    const base = this.#endpoint.base.href.replace(/\/+$/, "");
    const url = new URL(`${base}/v1/${request.path}`);
    if (version !== undefined) url.searchParams.set("version", `${version}`);
    return {
      method: request.method,
      url,
      signal,
      body: body && JSON.stringify(body),
      headers: {
        "accept-encoding": "identity",
        "x-vault-request": "true",
        ...(token === undefined ? {} : { "x-vault-token": token }),
        ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
    };
  }

  #judge(response: HttpResponse): VaultAnswer | TryAgain {
    const { status, text } = response;
    const isFine = status >= 200 && status < 300;
    const meaning = isFine ? undefined : explainBody(text);
    if (status >= 500 || TRANSIENT.has(status)) {
      const header = response.header("retry-after");
      const afterMs = parseRetryAfter(header, Date.now());
      return new TryAgain(meaning ?? `HTTP ${status}`, { afterMs });
    }
    if (status === 204) return { status, text, body: {}, meaning };
    const body = parseObject(text);
    if (body !== undefined) return { status, text, body, meaning };
    this.#refuseOtherServer(response);
    return isFine
      ? new TryAgain("truncated response")
      : { status, text, body: {}, meaning };
  }

  /** Refuses responses of something other than Vault: a proxy's page, a login form, a wrong port. */
  #refuseOtherServer({ status, text, header }: HttpResponse): void {
    const isPage = header("content-type")?.includes("html") ||
      text.trimStart().startsWith("<");
    const wrongScheme = explainBody(text)?.includes("https://");
    if (!isPage && !wrongScheme) return;
    throw new ConfigError(
      `VAULT_ADDR ${this.#settings.address} ${
        wrongScheme
          ? "uses http, but the server expects TLS: use https://"
          : `responds with a web page (HTTP ${status}), so it is not Vault: correct the address`
      }`,
    );
  }
}
