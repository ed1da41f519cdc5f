/**
 * One exchange with an HTTP server, without opinions: no retries, no
 * redirects, no meaning of a status. Limits on size and time are here.
 */

/** What is sent. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** What came back, whole. */
export interface HttpResponse {
  readonly status: number;
  header(name: string): string | undefined;
  readonly text: string;
}

/** A way to reach a server. */
export interface Transport {
  exchange(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The answer is larger than anything Vault sends. */
export class TooLargeError extends Error {}

/** The answer is no UTF-8 text. */
export class NotTextError extends Error {}

/** Over Deno's fetch. */
export class FetchTransport implements Transport {
  readonly #client: Deno.HttpClient;

  constructor(client: Deno.HttpClient) {
    this.#client = client;
  }

  async exchange(request: HttpRequest): Promise<HttpResponse> {
    const { method, url, headers, body, signal } = request;
    const response = await fetch(url, {
      method,
      headers,
      signal,
      redirect: "manual",
      client: this.#client,
      ...(body === undefined ? {} : { body }),
    });
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      text: decodeBody(await readBody(response)),
    };
  }

  close(): void {
    this.#client.close();
  }
}

/** A body whose size is known and fair is read in one go: streams cost 0.4 ms each. */
async function readBody(response: Response): Promise<Uint8Array[]> {
  const length = response.headers.get("content-length");
  const isPlain = !response.headers.has("content-encoding");
  const isKnown = length !== null && Number(length) <= MAX_BODY_BYTES;
  if (isKnown && isPlain) return [await response.bytes()];
  return await collect(response.body ?? []);
}

/** Joins a body's pieces, up to the limit. */
export async function collect(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array[]> {
  const kept: Uint8Array[] = [];
  let total = 0;
  for await (const piece of pieces) {
    total += piece.length;
    if (total > MAX_BODY_BYTES) throw new TooLargeError();
    kept.push(piece);
  }
  return kept;
}

/** Decodes strictly: a replaced character would be a changed secret. */
export function decodeBody(pieces: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return pieces.map((p) => decoder.decode(p, { stream: true })).join("") +
      decoder.decode();
  } catch {
    throw new NotTextError();
  }
}
