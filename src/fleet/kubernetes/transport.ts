/**
 * One GET, with limits on bytes and time. It follows no redirects: a pod must not
 * be able to send the credentials to another server.
 */
import { TOOL_HEADER } from "@/protocol/status.ts";

/** Sent with every request: a wrapper then accepts any Host. */
export const TOOL = { [TOOL_HEADER]: "1" } as const;

/** One request. */
export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A larger response is an error. */
  readonly limitBytes: number;
  /** Cancels the request; includes the time limit. */
  readonly signal: AbortSignal;
}

/** One response. */
export interface Reply {
  readonly status: number;
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | undefined;
  readonly text: string;
}

/** A way to reach servers. */
export interface Transport {
  get(request: Question): Promise<Reply>;
  close(): void;
}

/** The response is larger than the limit. */
export class TooLargeError extends Error {}

/** Over Deno's fetch. */
export class FetchTransport implements Transport {
  readonly #client: Deno.HttpClient;

  constructor(options: Deno.CreateHttpClientOptions) {
    this.#client = Deno.createHttpClient(options);
  }

  async get(request: Question): Promise<Reply> {
    const { url, headers, signal } = request;
    const response = await fetch(url, {
      headers,
      signal,
      redirect: "manual",
      client: this.#client,
    });
    return {
      status: response.status,
      retryAfter: parseRetryAfter(response.headers.get("retry-after")),
      text: await collectText(response.body ?? [], request.limitBytes),
    };
  }

  close(): void {
    this.#client.close();
  }
}

/** Joins the pieces of a body, up to the limit. Replaces invalid UTF-8. */
export async function collectText(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limitBytes: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let total = 0;
  let text = "";
  for await (const piece of pieces) {
    total += piece.length;
    if (total > limitBytes) throw new TooLargeError();
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** Seconds of a Retry-After header. */
export function parseRetryAfter(
  header: string | null | undefined,
): number | undefined {
  return header && /^\d{1,5}$/.test(header) ? Number(header) : undefined;
}

/** Why there is no response, without the address, which the caller shows. */
export function reasonOf(error: unknown): string {
  if (error instanceof TooLargeError) return "the response is too large";
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "no response in time";
  }
  const words = innermost(error)
    .replace(/^error sending request.*?(?:for url \([^)]*\)|: )\s*:?\s*/, "")
    .replace(/^client error \(\w+\): /, "")
    .replace(/ \(os error \d+\)$/, "");
  return words === "" ? "no response" : words;
}

/** Message of the innermost cause; fetch's own message says only that it failed. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}
