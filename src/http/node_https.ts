/**
 * Requests over node:https, for what fetch cannot do: accept a certificate for
 * another name, or skip verification. Loading it takes 13 ms, so callers load it
 * only when a setting asks for it.
 */
import type { IncomingMessage } from "node:http";
import type { Agent, AgentOptions } from "node:https";

type Https = typeof import("node:https");

/** TLS files, verification and the limit of connections. */
export type NodeHttpsOptions = AgentOptions;

/** One request. */
export interface NodeRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Ends the request and the response. */
  readonly signal: AbortSignal;
  /** Whether Deno may send it a second time, when a reused connection turns out to be closed. */
  readonly mayRepeat: boolean;
}

/** Connections with the same TLS options, kept alive. */
export class NodeHttps {
  readonly #https: Https;
  readonly #agent: Agent;

  private constructor(https: Https, options: NodeHttpsOptions) {
    this.#https = https;
    this.#agent = new https.Agent({ keepAlive: true, ...options });
  }

  /** Loads node:https. Connects on the first request. */
  static async open(options: NodeHttpsOptions): Promise<NodeHttps> {
    return new NodeHttps(await import("node:https"), options);
  }

  /** Resolves with the response's head; rejects with `signal.reason` when aborted. */
  send(request: NodeRequest): Promise<IncomingMessage> {
    const { method, url, headers, body, signal, mayRepeat } = request;
    return new Promise((resolve, reject) => {
      const outgoing = this.#https
        .request(url, { agent: this.#agent, method, headers }, resolve)
        .on("error", reject);
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        outgoing.destroy();
      }, { once: true });
      // Deno repeats a request on a new connection when a reused one ends, even
      // after an abort. A repeated login would create a second token.
      let connections = 0;
      outgoing.on("socket", (socket) => {
        const isRepeated = ++connections > 1;
        if (signal.aborted || (isRepeated && !mayRepeat)) socket.destroy();
      });
      outgoing.end(body);
    });
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
  }
}
