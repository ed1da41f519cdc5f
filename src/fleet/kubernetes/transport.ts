/**
 * One GET, with limits on bytes and time. No redirects: a pod must not send us,
 * and what we log in with, elsewhere.
 */
import { TOOL_HEADER } from "@/protocol/tool_header.ts";

/** With every question: a wrapper answers a tool whatever name it was reached by. */
export const TOOL = { [TOOL_HEADER]: "1" } as const;

/** What is asked. */
export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** An answer with more is an error. */
  readonly limitBytes: number;
  /** Ends the exchange, time limits included. */
  readonly signal: AbortSignal;
}

/** What came back, whole. */
export interface Reply {
  readonly status: number;
  /** Seconds, where the server is busy and says for how long. */
  readonly retryAfter: number | undefined;
  readonly text: string;
}

/** A way to reach servers. */
export interface Transport {
  get(request: Question): Promise<Reply>;
  close(): void;
}

/** The answer is larger than what was asked for can be. */
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

/** Joins a body's pieces, up to the limit. What is not UTF-8 is replaced. */
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

/** Why there is no answer, in a few words. The address is left out: the reader knows it. */
export function reasonOf(error: unknown): string {
  if (error instanceof TooLargeError) return "the answer is too large";
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "no answer in time";
  }
  const words = innermost(error)
    .replace(/^error sending request.*?(?:for url \([^)]*\)|: )\s*:?\s*/, "")
    .replace(/^client error \(\w+\): /, "")
    .replace(/ \(os error \d+\)$/, "");
  return words === "" ? "no answer" : words;
}

/** What is told by the first of the causes; fetch itself only says that it failed. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}
