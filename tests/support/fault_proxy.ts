/**
 * A proxy in front of OpenBao that records requests and, on demand, answers
 * itself or breaks the exchange, as an overloaded server or a network would.
 */
import { Buffer } from "node:buffer";
import type http from "node:http";
import type { OpenBao } from "../../tools/openbao/server.ts";
import { LoopbackServer } from "./loopback_server.ts";

/** What happens to a request. */
export type Fault = FaultKind & {
  /** Only requests whose path after /v1/ begins so. Default: all. */
  readonly path?: string;
  /** Number of requests, after which the fault is gone. Default: until `clear`. */
  readonly times?: number;
};

type FaultKind =
  /** The server is not asked. */
  | ({ readonly kind: "answer" } & Partial<Answer>)
  /** The request reaches the server later. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** No answer; the connection stays open. */
  | { readonly kind: "hang" }
  /** No answer; the connection is closed. */
  | { readonly kind: "reset" }
  /** The first half of the server's answer, then the connection is closed. */
  | { readonly kind: "truncate" }
  /** The server's answer with other headers. */
  | { readonly kind: "headers"; readonly headers: Headers };

type Headers = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string | Uint8Array;
}

/** A recorded request. */
export interface SeenRequest {
  readonly method: string;
  /** After /v1/, with the query. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Status of the answer; 0 without an answer. */
  status: number;
}

/** Listens on a free port of loopback; `await using` closes it. */
export class FaultProxy implements AsyncDisposable {
  /** In the order of their arrival. A test may empty it. */
  readonly requests: SeenRequest[] = [];
  /** PEM file of the authority to trust. */
  readonly caFile: string;
  readonly #target: string;
  readonly #scheme: "http" | "https";
  readonly #client: Deno.HttpClient;
  #server?: LoopbackServer;
  #faults: { readonly fault: Fault; left: number }[] = [];

  private constructor(target: OpenBao, scheme: "http" | "https") {
    this.#target = target.address;
    this.#scheme = scheme;
    this.caFile = target.caFile;
    const ca = Deno.readTextFileSync(target.caFile);
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  /** Starts one with the server's own certificate, or without TLS. */
  static async start(
    target: OpenBao,
    scheme: "http" | "https" = "https",
  ): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, scheme);
    proxy.#server = await LoopbackServer.start((request, response) => {
      proxy.#serve(request, response).catch(() => request.socket.destroy());
    }, scheme === "https" ? target.certificates.server : undefined);
    return proxy;
  }

  /** Base URL, for VAULT_ADDR. */
  get address(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server?.port}`;
  }

  /** The first of the faults that fits a request is used. */
  add(...faults: readonly Fault[]): void {
    this.#faults.push(
      ...faults.map((fault) => ({ fault, left: fault.times ?? Infinity })),
    );
  }

  /** Removes all faults. Requests that hang stay so. */
  clear(): void {
    this.#faults = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#client.close();
  }

  async #serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const url = request.url ?? "/";
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: decodeURIComponent(url.replace(/^\/v1\//, "")),
      at: Date.now(),
      status: 0,
    };
    this.requests.push(seen);
    const fault = this.#use(seen.path);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === "delay") {
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
    }
    const body = await readBody(request);
    const { status, headers, ...answer } = fault?.kind === "answer"
      ? { status: 200, headers: {}, body: "", ...fault }
      : await this.#forward(request, url, body);
    seen.status = status;
    const more = fault?.kind === "headers" ? fault.headers : {};
    response.writeHead(status, { ...headers, ...more });
    if (fault?.kind !== "truncate") {
      response.end(answer.body);
      return;
    }
    response.write(answer.body.slice(0, answer.body.length / 2));
    response.socket?.end();
  }

  /** The fault for this request, counted as used. */
  #use(path: string): Fault | undefined {
    const found = this.#faults.find(({ fault, left }) =>
      left > 0 && path.startsWith(fault.path ?? "")
    );
    if (found) found.left -= 1;
    return found?.fault;
  }

  async #forward(
    request: http.IncomingMessage,
    url: string,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Answer> {
    const { host: _, connection: __, ...headers } = request.headers;
    const method = request.method ?? "GET";
    const response = await fetch(this.#target + url, {
      method,
      headers: Object.entries(headers).map(([k, v]) => [k, String(v)]),
      client: this.#client,
      redirect: "manual",
      ...(body.length > 0 && { body }),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.bytes(),
    };
  }
}

async function readBody(
  request: http.IncomingMessage,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
