/** JSON messages, one per line, to another process of this binary. It does not validate them: the peer runs the same binary. */
import { LineChannel } from "./line_channel.ts";

/** One end; it receives `In` and sends `Out`. */
export class JsonChannel<In, Out> {
  readonly #lines: LineChannel;

  constructor(fd: number) {
    this.#lines = new LineChannel(fd);
  }

  /** Sends one message. @throws FfiError EPIPE, ETIMEDOUT. */
  async send(message: Out): Promise<void> {
    await this.#lines.send(JSON.stringify(message));
  }

  /**
   * The next message, or undefined at the end.
   *
   * @throws FfiError ETIMEDOUT, SyntaxError for invalid JSON, RangeError for a line that is too long
   */
  async receive(limitMs: number): Promise<In | undefined> {
    const line = await this.#lines.receive(limitMs);
    return line === undefined ? undefined : JSON.parse(line);
  }

  /** Closes this end: the other one reads an end. */
  close(): void {
    this.#lines.close();
  }
}
