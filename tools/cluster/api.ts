/** Direct calls of the API server, as its administrator. */
import type { Files } from "./settings.ts";

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Parsed, when it is JSON. */
  // deno-lint-ignore no-explicit-any -- JSON of another program
  readonly body: any;
}

/** Calls one API server; owns an HTTP client. */
export class Api implements Disposable {
  readonly address: string;
  readonly #client: Deno.HttpClient;

  /** With the administrator's certificate. */
  constructor(address: string, files: Files) {
    this.address = address;
    const read = (name: string) => Deno.readTextFileSync(files.pki(name));
    this.#client = Deno.createHttpClient({
      caCerts: [read("ca.crt")],
      cert: read("admin.crt"),
      key: read("admin.key"),
    });
  }

  /** One request; throws only when there is no answer. */
  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.address}${path}`, {
      method,
      client: this.#client,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    });
    const text = await response.text();
    const { status } = response;
    try {
      return { status, text, body: JSON.parse(text) };
    } catch {
      return { status, text, body: undefined };
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
