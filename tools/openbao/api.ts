/** Requests to OpenBao's HTTP API, as root unless the caller gives a token. */

import { type Answer as ApiAnswer, requestJson } from "../json_request.ts";

export type { ApiAnswer };

/** Parts of a request besides method, path and body. */
export interface ApiOptions {
  /** Default: the root token. Empty: no token header. */
  readonly token?: string;
  readonly namespace?: string;
  /** Wraps the answer for this time, for example `60s`. */
  readonly wrapTtl?: string;
}

/** One server, or a cluster of servers. */
export interface Api {
  /** One request to /v1/`path`. @throws TypeError only when there is no answer */
  api(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer>;
}

/** Sends requests to one server. Owns an HTTP client; `close` releases it. */
export class ApiClient implements Api {
  /** Empty until the server is initialised. */
  rootToken = "";
  readonly #address: string;
  readonly #client: Deno.HttpClient;

  /** @param ca PEM of the authority that signed the server's certificate */
  constructor(address: string, ca: string) {
    this.#address = address;
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  api(
    method: string,
    path: string,
    body?: unknown,
    options: ApiOptions = {},
  ): Promise<ApiAnswer> {
    const { token = this.rootToken, namespace, wrapTtl } = options;
    const headers = {
      "X-Vault-Request": "true",
      ...(token && { "X-Vault-Token": token }),
      ...(namespace && { "X-Vault-Namespace": namespace }),
      ...(wrapTtl && { "X-Vault-Wrap-TTL": wrapTtl }),
    };
    const url = `${this.#address}/v1/${path}`;
    return requestJson(method, url, body, { headers, client: this.#client });
  }

  close(): void {
    this.#client.close();
  }
}

/** Returns a successful answer. @throws Error with the server's message otherwise */
export function succeed(answer: ApiAnswer): ApiAnswer {
  if (answer.status < 300) return answer;
  throw new Error(`OpenBao answered ${answer.status}: ${answer.text.trim()}`);
}

/** One POST as root that must succeed. */
export async function post(
  server: Api,
  path: string,
  body: unknown,
  options?: ApiOptions,
): Promise<ApiAnswer> {
  return succeed(await server.api("POST", path, body, options));
}
