/** Direct calls of the API server, as its administrator. */
import { type Answer, requestJson } from "../json_request.ts";
import type { Files } from "./settings.ts";

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
  request(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = `${this.address}${path}`;
    return requestJson(method, url, body, { client: this.#client });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
