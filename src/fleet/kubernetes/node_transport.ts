/**
 * The same GET over node:https, for what fetch cannot do: a server's
 * certificate that is not verified, or one for another name.
 */
import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import {
  collectText,
  parseRetryAfter,
  type Question,
  type Reply,
  type Transport,
} from "./transport.ts";

/** How connections are made. */
export interface NodeTlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
  /** At most so many at once. */
  readonly maxSockets: number;
}

type Https = typeof import("node:https");

/** Loads node:https and makes the transport. */
export async function openNodeTransport(
  options: NodeTlsOptions,
): Promise<Transport> {
  return new NodeTransport(await import("node:https"), options);
}

class NodeTransport implements Transport {
  readonly #https: Https;
  readonly #agent: Agent;

  constructor(https: Https, options: NodeTlsOptions) {
    this.#https = https;
    this.#agent = new https.Agent({ keepAlive: true, ...options });
  }

  async get(request: Question): Promise<Reply> {
    const { signal, limitBytes } = request;
    signal.throwIfAborted();
    try {
      const message = await this.#start(request);
      const text = await collectText(message, limitBytes);
      if (!message.complete) throw new TypeError("connection closed");
      return {
        status: message.statusCode ?? 0,
        retryAfter: parseRetryAfter(message.headers["retry-after"]),
        text,
      };
    } catch (error) {
      // An abort is told as node's own error: what it was for stands in the signal.
      throw signal.aborted ? signal.reason : error;
    }
  }

  #start({ url, headers, signal }: Question): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#https.get(
        url,
        { agent: this.#agent, headers },
        resolve,
      ).on("error", reject);
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        request.destroy();
      }, { once: true });
      // What ends on a connection that was used before is asked again on a new
      // one, even if we ended it ourselves; nothing would ever end that.
      request.on("socket", (socket) => {
        if (signal.aborted) socket.destroy();
      });
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
