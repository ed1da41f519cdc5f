/** Reads a byte stream by lines and by numbers of bytes. */
export class Lines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = new Uint8Array();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next line, without its end. @throws Error at the end of the stream */
  async next(): Promise<string> {
    let at: number;
    while ((at = this.#rest.indexOf(10)) < 0) await this.#more();
    return (await this.take(at + 1)).trimEnd();
  }

  /** The next `count` bytes, as text. @throws Error at the end of the stream */
  async take(count: number): Promise<string> {
    while (this.#rest.length < count) await this.#more();
    const text = new TextDecoder().decode(this.#rest.subarray(0, count));
    this.#rest = this.#rest.slice(count);
    return text;
  }

  /** Stops reading. */
  async end(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #more(): Promise<void> {
    const { value } = await this.#reader.read();
    if (!value) throw new Error("the stream is over");
    const joined = new Uint8Array(this.#rest.length + value.length);
    joined.set(this.#rest);
    joined.set(value, this.#rest.length);
    this.#rest = joined;
  }
}
