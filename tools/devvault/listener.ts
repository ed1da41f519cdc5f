/**
 * HTTP and HTTPS in front of the core: reads requests, lets faults happen,
 * writes answers. node:http, because it shows client certificates and can cut
 * a connection.
 */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { Refusal } from "./answer.ts";
import type { Core } from "./core.ts";
import {
  header,
  peerOf,
  readBody,
  strike,
  tokenOf,
  write,
} from "./exchange.ts";
import type { Faults } from "./faults.ts";
import type { Journal } from "./journal.ts";
import type { Identity } from "./x509.ts";

/** What a listener serves. */
export interface Served {
  readonly core: Core;
  readonly faults: Faults;
  readonly journal: Journal;
}

/** One address that the server answers on. */
export class Listener {
  readonly #served: Served;
  readonly #identity: Identity | undefined;
  readonly #hostname: string;
  #port: number;
  #server: http.Server | undefined;
  readonly #sockets = new Set<Socket>();

  /** With an identity it speaks TLS. Port 0: any free one. */
  constructor(
    served: Served,
    address: { readonly hostname: string; readonly port: number },
    identity?: Identity,
  ) {
    this.#served = served;
    this.#hostname = address.hostname;
    this.#port = address.port;
    this.#identity = identity;
  }

  /** Base URL, for VAULT_ADDR. */
  get address(): string {
    const scheme = this.#identity ? "https" : "http";
    return `${scheme}://${this.#hostname}:${this.#port}`;
  }

  /** Starts to listen, on the same port each time. */
  async open(): Promise<void> {
    const handler: http.RequestListener = (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    };
    const server = this.#identity
      ? https.createServer({
        ...this.#identity,
        requestCert: true,
        rejectUnauthorized: false,
      }, handler)
      : http.createServer(handler);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    server.on("clientError", (_error: Error, socket: Socket) => {
      socket.destroy();
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, this.#hostname, resolve);
    });
    const address = server.address();
    if (address && typeof address === "object") this.#port = address.port;
  }

  /** Cuts every connection and stops listening. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) =>
      server.close(() => resolve())
    );
    server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const { core, faults, journal } = this.#served;
    const url = new URL(request.url ?? "/", "http://host");
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ""));
    const token = tokenOf(request);
    const namespace = header(request, "x-vault-namespace");
    const entry = journal.add({
      method: request.method ?? "",
      path: path + url.search,
      namespace,
      at: Date.now(),
      withToken: token !== "",
      status: 0,
    });
    response.on("close", () => journal.settled());
    const fault = faults.take(path);
    if (fault && await strike(fault, request, response)) {
      entry.status = response.headersSent ? response.statusCode : 0;
      journal.settled();
      return;
    }
    const body = await readBody(request);
    const peer = peerOf(request);
    const answer = body instanceof Refusal ? body.toAnswer() : await core
      .handle({
        method: request.method ?? "GET",
        path,
        query: url.searchParams,
        token,
        namespace,
        body,
        ...(peer ? { peer } : {}),
      });
    entry.status = answer.status;
    write(response, answer, fault);
  }
}
