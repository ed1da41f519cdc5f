/** GET over node:https, for a certificate with another name or without verification. */
import { NodeHttps, type NodeHttpsOptions } from "@/http/node_https.ts";
import {
  collectText,
  parseRetryAfter,
  type Question,
  type Reply,
  type Transport,
} from "./transport.ts";

/** Loads node:https and makes the transport. */
export async function openNodeTransport(
  options: NodeHttpsOptions,
): Promise<Transport> {
  const https = await NodeHttps.open(options);
  return { get: (request) => get(https, request), close: () => https.close() };
}

async function get(
  https: NodeHttps,
  { url, headers, signal, limitBytes }: Question,
): Promise<Reply> {
  signal.throwIfAborted();
  try {
    const request = { method: "GET", url, headers, signal } as const;
    const message = await https.send({ ...request, mayRepeat: true });
    const text = await collectText(message, limitBytes);
    if (!message.complete) throw new TypeError("connection closed");
    return {
      status: message.statusCode ?? 0,
      retryAfter: parseRetryAfter(message.headers["retry-after"]),
      text,
    };
  } catch (error) {
    // Node reports an abort as its own error; the reason is in the signal.
    throw signal.aborted ? signal.reason : error;
  }
}
