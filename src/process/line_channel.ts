/**
 * Lines over one end of a socket pair to another process of this binary, with limits on size
 * and time.
 */
import { closeFd, receive, send } from "@ffi";

const CHUNK_BYTES = 64 * 1024;
/** 1,000 secrets take about 100 KB. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;
/** The peer only has to read its socket. */
const SEND_LIMIT_MS = 10_000;
/** The longest timeout of poll(2). */
const MAX_LIMIT_MS = 2 ** 31 - 1;

/** One end. */
export class LineChannel {
  readonly #fd: number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  /** Received bytes; the first `#start` of them are already returned. */
  #pending = new Uint8Array(0);
  #start = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Sends lines, without their line feeds. @throws FfiError EPIPE, ETIMEDOUT. */
  async send(...lines: string[]): Promise<void> {
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
    await send(this.#fd, bytes, SEND_LIMIT_MS);
  }

  /**
   * The next line without its line feed, or undefined at the end.
   *
   * @throws FfiError ETIMEDOUT, RangeError for a line that is too long
   */
  async receive(limitMs: number): Promise<string | undefined> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const line = this.#takeLine();
      if (line !== undefined) return line;
      const left = Math.ceil(deadline - performance.now());
      const limit = Math.min(Math.max(1, left), MAX_LIMIT_MS);
      const count = await receive(this.#fd, this.#chunk, limit);
      if (count === 0) return undefined;
      this.#append(this.#chunk.subarray(0, count));
    }
  }

  /** Closes this end: the other one reads an end. */
  close(): void {
    closeFd(this.#fd);
  }

  #takeLine(): string | undefined {
    const end = this.#pending.indexOf(LINE_FEED, this.#start);
    if (end < 0) return undefined;
    const line = this.#pending.subarray(this.#start, end);
    this.#start = end + 1;
    return new TextDecoder().decode(line);
  }

  #append(bytes: Uint8Array): void {
    const rest = this.#pending.subarray(this.#start);
    if (rest.length + bytes.length > MAX_LINE_BYTES) {
      throw new RangeError("line too long");
    }
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    this.#pending = joined;
    this.#start = 0;
  }
}
