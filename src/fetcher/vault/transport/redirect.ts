/**
 * Redirects. On the same server they are followed; to another one a token never
 * goes. Whether waiting can help is decided by what a standby sends.
 */
import { ConfigError } from "@/base/errors.ts";
import { TryAgain } from "./retry.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The request to send instead, or undefined when the response is no redirect.
 * `TryAgain` when a standby sent it.
 *
 * @throws ConfigError when it leads to another server for another reason
 */
export function followRedirect(
  request: HttpRequest,
  response: HttpResponse,
): HttpRequest | TryAgain | undefined {
  const { status } = response;
  if (!REDIRECTS.has(status)) return undefined;
  const { url } = request;
  const location = response.header("location");
  const target = location !== undefined && URL.canParse(location, url)
    ? new URL(location, url)
    : undefined;
  if (target?.origin === url.origin && keepsBody(request, response)) {
    return { ...request, url: target };
  }
  if (target && status === 307 && isStandbys(url, target)) return STANDBY;
  throw explain(url, target, status);
}

/** 301 to 303 turn a POST into a GET, which would ask for something else. */
function keepsBody(request: HttpRequest, response: HttpResponse): boolean {
  return request.method === "GET" || response.status >= 307;
}

/**
 * Vault and OpenBao forward what a standby is asked. When the active node
 * cannot be reached, as in the seconds after its death, a standby answers 307
 * with the last known leader's address, and the path and query it was asked for
 * (respondStandby in http/handler.go). A prefix of VAULT_ADDR is a proxy's: the
 * leader's address lacks it.
 */
function isStandbys(asked: URL, target: URL): boolean {
  const isHttp = /^https?:$/.test(target.protocol);
  if (!isHttp || isUpgrade(asked, target)) return false;
  const [from, to] = [decode(asked.pathname), decode(target.pathname)];
  return to !== undefined && to.startsWith("/v1/") &&
    from?.endsWith(to) === true && asked.search === target.search;
}

/** Leads to TLS on the same host. */
function isUpgrade(asked: URL, target: URL): boolean {
  return asked.protocol === "http:" && target.protocol === "https:" &&
    asked.hostname === target.hostname;
}

/** Go escapes fewer characters than we do. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const STANDBY = new TryAgain(
  "HTTP 307 to another host, as from a standby that cannot reach the active node",
  {
    remedy:
      "if it answers so even when no failover is under way, set VAULT_ADDR to the active node or to a load balancer in front of it",
  },
);

/** The server chose the host's name, and may have made it from the token: it is never shown. */
function explain(
  asked: URL,
  target: URL | undefined,
  status: number,
): ConfigError {
  const [where, remedy] = target === undefined
    ? ["without saying where to", OWN_ADDRESS]
    : target.origin === asked.origin
    ? [`with HTTP ${status}, which drops the login's body`, OWN_ADDRESS]
    : isUpgrade(asked, target)
    ? ["to https", "write https:// in VAULT_ADDR, and the port of TLS"]
    : ["to another host", OWN_ADDRESS];
  return new ConfigError(
    `VAULT_ADDR ${asked.origin} redirects ${where}; a token is not sent there: ${remedy}`,
  );
}

const OWN_ADDRESS = "set VAULT_ADDR to the address of Vault itself";
