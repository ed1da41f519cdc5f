/** The proxy of the environment, as kubectl reads it. Pure. */
import { SchemaError } from "./schema.ts";

/**
 * HTTPS_PROXY, unless NO_PROXY exempts the server or it is on this machine.
 *
 * @throws SchemaError when it is not an address; the message does not quote it, as it may contain a password
 */
export function findProxy(
  server: URL,
  variables: ReadonlyMap<string, string>,
): string | undefined {
  const get = (name: string) =>
    variables.get(name) || variables.get(name.toLowerCase());
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = get(name);
  const host = server.hostname.replace(/^\[|\]$/g, "");
  if (!proxy || isLocal(host)) return undefined;
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  const exempt = (get("NO_PROXY") ?? "").split(/[\s,]+/);
  if (exempt.some((entry) => matches(entry, host, port))) return undefined;
  return parseProxy(proxy.includes("://") ? proxy : `http://${proxy}`, name);
}

/** @throws SchemaError */
export function parseProxy(text: string, name: string): string {
  const known = /^(?:https?|socks5h?):\/\//.test(text) && URL.canParse(text);
  if (known) return text;
  throw new SchemaError(`${name} is not an http, https or socks5 address`);
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** An entry of NO_PROXY: `*`, an address, an IPv4 range, a name with its subdomains, or `.name` (subdomains only); optionally with a port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(host, entry);
  const [, bare = "", only = port] =
    /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIpv6(entry) ? `[${entry}]` : entry) ?? [];
  if (only !== port) return false;
  const name = bare.toLowerCase().replace(/^\*\./, ".");
  return host === name ||
    host.endsWith(name.startsWith(".") ? name : `.${name}`);
}

function isIpv6(text: string): boolean {
  return text.split(":").length > 2 && !text.startsWith("[");
}

function isWithin(host: string, range: string): boolean {
  const [network = "", bits = ""] = range.split("/");
  const [inside, outside] = [toNumber(host), toNumber(network)];
  if (inside === undefined || outside === undefined) return false;
  if (!/^\d+$/.test(bits) || Number(bits) > 32) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(inside / size) === Math.floor(outside / size);
}

function toNumber(address: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return undefined;
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
