/** The output of a running process: the text so far, and waiting for more. */

/** Collects one stream of a child. */
export class Output {
  readonly #chunks: Uint8Array[] = [];
  readonly #done: Promise<void>;
  #text = "";
  #closed = false;
  #waiting: (() => void)[] = [];

  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.#done = this.#read();
  }

  /** Everything so far; bytes that are not UTF-8 become replacement characters. */
  get text(): string {
    return this.#text;
  }

  /** Everything so far, unchanged. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(
      this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    );
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** Resolves when the stream has ended. */
  get done(): Promise<void> {
    return this.#done;
  }

  /**
   * Reads the rest. Orphans may hold the stream open long after the process has
   * ended, so it waits for at most `graceMs`.
   */
  async finish(graceMs = 500): Promise<void> {
    const timer = setTimeout(() => void this.#reader.cancel(), graceMs);
    await this.#done;
    clearTimeout(timer);
  }

  /**
   * Waits until the text matches `count` times.
   * @throws Error after `limitMs`, or when the stream ends without it
   */
  async until(
    pattern: RegExp,
    options: { readonly limitMs?: number; readonly count?: number } = {},
  ): Promise<RegExpMatchArray> {
    const { limitMs = 20_000, count = 1 } = options;
    const all = new RegExp(pattern, `${pattern.flags.replace("g", "")}g`);
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      this.#wake();
    }, limitMs);
    try {
      for (;;) {
        const found = [...this.#text.matchAll(all)][count - 1];
        if (found) return found;
        if (over || this.#closed) {
          const why = over ? `not within ${limitMs} ms` : "stream ended";
          throw new Error(`${pattern} ${count} times: ${why}\n${this.#text}`);
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.#chunks.push(value);
      this.#text += decoder.decode(value, { stream: true });
      this.#wake();
    }
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
