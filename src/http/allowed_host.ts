/**
 * Which Host a request may name. A web page whose name is made to lead here (DNS
 * rebinding, through a forwarded port) is of one origin with us to its browser,
 * and would read all pages: but its requests name the page's host.
 */

/** What a request says about where it was sent. */
export interface Addressee {
  readonly path: string;
  /** Of HTTP: `1.1`, `1.0`. */
  readonly version: string;
  /** Every Host header, as it was sent. */
  readonly hosts: readonly string[];
  /** The header of a tool that is no web page is there (TOOL_HEADER). */
  readonly isTool: boolean;
}

/** They say up or not. Load balancers and probes ask for them by any name, and by none. */
const HEALTH_PAGES = ["/healthz", "/readyz"];
const AUTHORITY = /^(?:(\[[0-9a-f:.]+\])|([a-z0-9._-]+?)\.?)(?::\d{1,5})?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The HTTP status to refuse with; undefined: it may be answered.
 *
 * @param allowed names in small letters; `*.example.com`: any below it
 */
export function refuseHost(
  { path, version, hosts, isTool }: Addressee,
  allowed: readonly string[],
): 400 | 403 | undefined {
  if (hosts.length > 1) return 400;
  if (HEALTH_PAGES.includes(path)) return undefined;
  const [host] = hosts;
  // No browser leaves it out, and none speaks HTTP/1.0.
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
