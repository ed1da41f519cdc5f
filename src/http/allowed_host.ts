/**
 * Checks the Host header against DNS rebinding: a web page whose name resolves
 * to this server (through a forwarded port) shares its origin in the browser
 * and could read all pages. Its requests carry the page's own host name.
 */

/** What a request says about its destination. */
export interface Addressee {
  readonly path: string;
  /** HTTP version: `1.1`, `1.0`. */
  readonly version: string;
  /** All Host headers, unchanged. */
  readonly hosts: readonly string[];
  /** The request has TOOL_HEADER, which a web page cannot send. */
  readonly isTool: boolean;
}

/** They reveal up or down only. Load balancers and probes request them with any Host, or none. */
const HEALTH_PAGES = ["/healthz", "/readyz"];
const AUTHORITY = /^(?:(\[[0-9a-f:.]+\])|([a-z0-9._-]+?)\.?)(?::\d{1,5})?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The HTTP status to refuse with; undefined when the request is allowed.
 *
 * @param allowed lower-case names; `*.example.com` allows every subdomain
 */
export function refuseHost(
  { path, version, hosts, isTool }: Addressee,
  allowed: readonly string[],
): 400 | 403 | undefined {
  if (hosts.length > 1) return 400;
  if (HEALTH_PAGES.includes(path)) return undefined;
  const [host] = hosts;
  // Every browser sends Host and HTTP/1.1.
  if (host === undefined) return version === "1.0" ? undefined : 400;
  const match = AUTHORITY.exec(host.toLowerCase());
  if (!match) return 400;
  const [, ipv6, name = ""] = match;
  const isFine = isTool || name === "localhost" || IPV4.test(name) ||
    (ipv6 !== undefined && URL.canParse(`http://${ipv6}`)) ||
    allowed.some((one) => fits(name, one));
  return isFine ? undefined : 403;
}

function fits(name: string, allowed: string): boolean {
  if (!allowed.startsWith("*.")) return name !== "" && name === allowed;
  return name.length > allowed.length - 1 && name.endsWith(allowed.slice(1));
}
