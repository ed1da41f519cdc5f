/**
 * Follows redirects on the same server only: a token is never sent to another
 * one. A redirect of a standby node is retried.
 */
import { ConfigError } from "@/base/errors.ts";
import { TryAgain } from "./retry.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The request to send instead; undefined when the response is not a redirect.
 * `TryAgain` for a standby's redirect.
 *
 * @throws ConfigError for any other redirect to another server
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

/** 301 to 303 turn a POST into a GET, which is a different request. */
function keepsBody(request: HttpRequest, response: HttpResponse): boolean {
  return request.method === "GET" || response.status >= 307;
}

/**
 * A standby of Vault or OpenBao forwards requests. When it cannot reach the active
 * node, as in the seconds after a failure, it responds 307 with the last known
 * leader's address and the request's path and query (respondStandby in
 * http/handler.go). A path prefix of VAULT_ADDR belongs to a proxy: the leader's
 * address lacks it.
 */
function isStandbys(asked: URL, target: URL): boolean {
  const isHttp = /^https?:$/.test(target.protocol);
  if (!isHttp || isUpgrade(asked, target)) return false;
  const [from, to] = [decode(asked.pathname), decode(target.pathname)];
  return to !== undefined && to.startsWith("/v1/") &&
    from?.endsWith(to) === true && asked.search === target.search;
}

/** From http to https on the same host. */
function isUpgrade(asked: URL, target: URL): boolean {
  return asked.protocol === "http:" && target.protocol === "https:" &&
    asked.hostname === target.hostname;
}

/** Decodes, because Go escapes fewer characters. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const STANDBY = new TryAgain(
  "HTTP 307 to another host, typical of a standby that cannot reach the active node",
  {
    remedy:
      "if this persists without a failover, set VAULT_ADDR to the active node or to a load balancer in front of it",
  },
);

/** The server chooses the host name, and could put the token into it, so it is never shown. */
function explain(
  asked: URL,
  target: URL | undefined,
  status: number,
): ConfigError {
  const [where, remedy] = target === undefined
    ? ["without a valid location", OWN_ADDRESS]
    : target.origin === asked.origin
    ? [`with HTTP ${status}, which drops the request's body`, OWN_ADDRESS]
    : isUpgrade(asked, target)
    ? ["to https", "use https:// and the TLS port in VAULT_ADDR"]
    : ["to another host", OWN_ADDRESS];
  return new ConfigError(
    `VAULT_ADDR ${asked.origin} redirects ${where}; the token is not sent there: ${remedy}`,
  );
}

const OWN_ADDRESS = "set VAULT_ADDR to the address of Vault itself";
