/** Requests to OpenBao's HTTP API, as root unless the caller gives a token. */

import type { Answer as ApiAnswer } from "../json_request.ts";

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
