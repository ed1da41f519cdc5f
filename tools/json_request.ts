/** Requests to the HTTP APIs of OpenBao and Kubernetes. */

/** One response. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, when it is JSON. */
  // deno-lint-ignore no-explicit-any -- JSON of another program
  readonly body: any;
}

/** Sends `body` as JSON, when there is one. @throws {TypeError} only when there is no response */
export async function requestJson(
  method: string,
  url: string,
  body: unknown,
  options: { client: Deno.HttpClient; headers?: Record<string, string> },
): Promise<Answer> {
  const headers = { "Content-Type": "application/json", ...options.headers };
  const response = await fetch(url, {
    ...options,
    method,
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers }),
  });
  const text = await response.text();
  const { status } = response;
  try {
    return { status, headers: response.headers, text, body: JSON.parse(text) };
  } catch {
    return { status, headers: response.headers, text, body: undefined };
  }
}
