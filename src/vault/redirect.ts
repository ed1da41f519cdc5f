/** Redirects: on the same server they are followed, to another one a token never goes. */
import { ConfigError } from "@/base/mod.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The request to send instead, or undefined when the response is no redirect.
 *
 * @throws ConfigError when it leads to another server
 */
export function followRedirect(
  request: HttpRequest,
  response: HttpResponse,
): HttpRequest | undefined {
  if (!REDIRECTS.has(response.status)) return undefined;
  const location = response.header("location");
  const target = location !== undefined && URL.canParse(location, request.url)
    ? new URL(location, request.url)
    : undefined;
  if (target?.origin === request.url.origin && keepsBody(request, response)) {
    return { ...request, url: target };
  }
  // The server chose that name, and may have made it from the token.
  const where = target === undefined
    ? "without saying where to"
    : target.origin === request.url.origin
    ? `with HTTP ${response.status}, which drops the login's body`
    : "to another host";
  throw new ConfigError(
    `VAULT_ADDR ${request.url.origin} redirects ${where}; a token is not sent there: set VAULT_ADDR to the address of Vault's active node`,
  );
}

/** 301 to 303 turn a POST into a GET, which would ask for something else. */
function keepsBody(request: HttpRequest, response: HttpResponse): boolean {
  return request.method === "GET" || response.status >= 307;
}
