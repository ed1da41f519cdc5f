/**
 * Vault's HTTP API: asks, retries, follows redirects only on the same server,
 * and gives back answers. What a 403 or 404 means is the asker's business.
 */
import { ConfigError } from "@/base/errors.ts";
import { Deadline } from "@/fetcher/vault/transport/deadline.ts";
import type { Echo } from "./echo.ts";
import { judgeFailure } from "@/fetcher/vault/transport/failure.ts";
import { type JsonObject, parseObject } from "./json.ts";
import { explainBody } from "./known_texts.ts";
import { followRedirect } from "@/fetcher/vault/transport/redirect.ts";
import {
  parseRetryAfter,
  retry,
  TryAgain,
} from "@/fetcher/vault/transport/retry.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import type {
  HttpRequest,
  HttpResponse,
} from "@/fetcher/vault/transport/transport.ts";
import {
  openReach,
  type Reach,
} from "@/fetcher/vault/transport/choose_transport.ts";
import { WaitNotes } from "@/fetcher/vault/transport/wait_notes.ts";

/** One request to Vault. */
export interface VaultRequest {
  readonly method: "GET" | "POST";
  /** Encoded, without `/v1/`. */
  readonly path: string;
  readonly version?: number | undefined;
  readonly token?: string | undefined;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** An answer that is final: 2xx or 4xx. `text` may hold secrets. */
export interface VaultAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: JsonObject;
  /** What a failure's text means, in words that are safe to show. */
  readonly meaning: string | undefined;
}

/** What all requests of a client share. */
export interface ClientOptions {
  readonly settings: VaultSettings;
  /** When the wrapper ends the job; by default the settings' deadline. */
  readonly limitMs?: number | undefined;
  /** How long ago it was given. */
  readonly lateMs?: number | undefined;
  /** About how many requests are to come. */
  readonly requests: number;
  readonly onWait?: ((text: string) => void) | undefined;
  /** Is told of every credential that is sent. */
  readonly echo?: Echo;
}

const MAX_REDIRECTS = 2;
/** Overload, replication behind, standby nodes, and everything that is the server's fault. */
const TRANSIENT = new Set([408, 412, 425, 429, 472, 473]);

/** Requests with token, namespace, retries and a deadline. */
export class VaultClient {
  readonly deadline: Deadline;
  readonly #settings: VaultSettings;
  readonly #reach: Reach;
  readonly #notes: WaitNotes;
  readonly #echo: Echo | undefined;
  #isClosed = false;

  private constructor(options: ClientOptions, reach: Reach) {
    this.#settings = options.settings;
    this.#reach = reach;
    this.#notes = new WaitNotes(options.onWait);
    this.#echo = options.echo;
    this.deadline = Deadline.ofJob(
      options.limitMs ?? options.settings.deadlineMs,
      options.lateMs,
    );
  }

  /** @throws ConfigError for certificate files that cannot be used */
  static async open(options: ClientOptions): Promise<VaultClient> {
    const reach = await openReach(options.settings, options.requests);
    return new VaultClient(options, reach);
  }

  /** How many requests are worth having under way at once. */
  get parallel(): number {
    return this.#reach.parallel;
  }

  /**
   * Asks until there is a final answer.
   *
   * @param deadline a nearer one than the client's
   * @throws ConfigError when a setting must be wrong, VaultUnavailableError at the deadline
   */
  ask(
    request: VaultRequest,
    deadline: Deadline = this.deadline,
  ): Promise<VaultAnswer> {
    for (const sent of [request.token, ...Object.values(request.body ?? {})]) {
      if (typeof sent === "string") this.#echo?.learn(sent);
    }
    return retry(() => this.#attempt(request, deadline), {
      deadline,
      maxRetries: this.#settings.maxRetries,
      who: `Vault at ${this.#settings.address}`,
      onWait: (cause) => this.#notes.note(cause),
    });
  }

  /** Drops all connections and wakes all who wait. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.deadline.cancel();
    this.#reach.transport.close();
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
    // Not setTimeout: its first use in a process loads node:timers, 4 ms.
    const timeout = AbortSignal.timeout(limitMs);
    const signal = AbortSignal.any([timeout, deadline.signal]);
    try {
      const ended = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => ended.reject(signal.reason));
      const answer = this.#follow(this.#render(request, signal));
      // Whatever a transport does with the signal: it has this time and no more.
      return await Promise.race([answer, ended.promise]);
    } catch (error) {
      if (signal.aborted) {
        const isCutShort = limitMs < requestTimeoutMs;
        return new TryAgain("no answer in time", { isCutShort });
      }
      if (error instanceof ConfigError) throw error;
      return judgeFailure(error, this.#settings);
    }
  }

  async #follow(first: HttpRequest): Promise<HttpResponse | TryAgain> {
    let request = first;
    for (let hops = 0;; hops++) {
      const response = await this.#reach.transport.exchange(request);
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
    const base = this.#reach.base.href.replace(/\/+$/, "");
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
    this.#refuseStranger(response);
    return isFine
      ? new TryAgain("a truncated answer")
      : { status, text, body: {}, meaning };
  }

  /** Something else than Vault answers: a proxy's page, a login form, a wrong port. */
  #refuseStranger({ status, text, header }: HttpResponse): void {
    const isPage = header("content-type")?.includes("html") ||
      text.trimStart().startsWith("<");
    const wrongScheme = explainBody(text)?.includes("https://");
    if (!isPage && !wrongScheme) return;
    throw new ConfigError(
      `VAULT_ADDR ${this.#settings.address} ${
        wrongScheme
          ? "says http, but the server there speaks TLS: write https://"
          : `answers with a web page (HTTP ${status}), not as Vault does: correct the address`
      }`,
    );
  }
}
