/**
 * The same exchange over node:https, for what fetch cannot do: another name
 * than the address' in the certificate, or no verification at all. Loaded only
 * when one of these is asked for, because loading costs some 5 ms.
 */
import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import type { TlsFiles } from "./tls_files.ts";
import {
  collect,
  decodeBody,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from "./transport.ts";

/** How connections are made. */
export interface NodeTransportOptions {
  readonly files: TlsFiles;
  /** At most so many at once. */
  readonly connections: number;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

type Https = typeof import("node:https");

/** Loads node:https and makes the transport. */
export async function openNodeTransport(
  options: NodeTransportOptions,
): Promise<Transport> {
  return new NodeTransport(await import("node:https"), options);
}

class NodeTransport implements Transport {
  readonly #https: Https;
  readonly #agent: Agent;

  constructor(
    https: Https,
    { files, connections, serverName, skipVerify }: NodeTransportOptions,
  ) {
    this.#https = https;
    this.#agent = new https.Agent({
      keepAlive: true,
      maxSockets: connections,
      rejectUnauthorized: !skipVerify,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(files.caCerts.length > 0 ? { ca: [...files.caCerts] } : {}),
      ...(files.identity ?? {}),
    });
  }

  async exchange(request: HttpRequest): Promise<HttpResponse> {
    const message = await this.#start(request);
    const text = decodeBody(await collect(message));
    if (!message.complete) throw new TypeError("connection closed");
    return {
      status: message.statusCode ?? 0,
      header: (name) => {
        const value = message.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
      text,
    };
  }

  #start(request: HttpRequest): Promise<IncomingMessage> {
    const { method, url, headers, body, signal } = request;
    const length = new TextEncoder().encode(body ?? "").length;
    return new Promise((resolve, reject) => {
      const outgoing = this.#https.request(url, {
        agent: this.#agent,
        method,
        headers: { ...headers, "content-length": String(length) },
        signal,
      }, resolve);
      outgoing.on("error", reject);
      signal.addEventListener("abort", () => reject(signal.reason), {
        once: true,
      });
      // Deno sends again, on a new connection and without the signal, what ends
      // on one that was used before: a login twice, a lease twice.
      let connections = 0;
      outgoing.on("socket", (socket) => {
        if (++connections > 1) socket.destroy();
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
