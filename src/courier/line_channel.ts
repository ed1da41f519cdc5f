/**
 * JSON lines over one end of a socket pair, with limits on size and time. It
 * does not know what the lines mean.
 */
import { closeFd, receive, send } from "@ffi";

const CHUNK_BYTES = 64 * 1024;
/** 1,000 secrets take about 100 KB; more than this is a mistake or an attack. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;
/** The peer is a process of ours that only has to read its socket. */
const SEND_LIMIT_MS = 10_000;

/** One end; `In` is what the other end says, `Out` what this one does. */
export class LineChannel<In, Out> {
  readonly #fd: number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #pending = new Uint8Array(0);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Sends one message. @throws FfiError EPIPE, ETIMEDOUT. */
  async send(message: Out): Promise<void> {
    const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    await send(this.#fd, line, SEND_LIMIT_MS);
  }

  /**
   * The next message, or undefined at the end.
   *
   * @throws FfiError ETIMEDOUT, SyntaxError for what is no JSON, RangeError for a line too long
   */
  async receive(limitMs: number): Promise<In | undefined> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const line = this.#takeLine();
      if (line !== undefined) return JSON.parse(line);
      const left = Math.max(1, Math.ceil(deadline - performance.now()));
      const count = await receive(this.#fd, this.#chunk, left);
      if (count === 0) return undefined;
      this.#append(this.#chunk.subarray(0, count));
    }
  }

  /** Closes this end: the other one reads an end. */
  close(): void {
    closeFd(this.#fd);
  }

  #takeLine(): string | undefined {
    const end = this.#pending.indexOf(LINE_FEED);
    if (end < 0) return undefined;
    const line = new TextDecoder().decode(this.#pending.subarray(0, end));
    this.#pending = this.#pending.slice(end + 1);
    return line;
  }

  #append(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#pending.length + bytes.length);
    if (joined.length > MAX_LINE_BYTES) {
      throw new RangeError("message too long");
    }
    joined.set(this.#pending);
    joined.set(bytes, this.#pending.length);
    this.#pending = joined;
  }
}
