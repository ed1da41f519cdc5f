/**
 * A server of a few pages, each made anew for whoever asks. It answers from
 * memory and can never end the process.
 */
import { METRICS_TYPE } from "./exposition.ts";
import {
  type BodyRoute,
  type HttpServer,
  type Reply,
  serveHttp,
} from "./server.ts";
import { refuseHost } from "./allowed_host.ts";
import type { RequestHead } from "./request_head.ts";

/** Makes one page. */
export type Page = () => Reply;

/** How pages are served. */
export interface ServeOptions {
  /** `10.0.0.7:8199`, `[::1]:8199`; `:8199` for all addresses, of both families. */
  readonly listen: string;
  /** Names that a request may be for, beside addresses and localhost. */
  readonly hosts: readonly string[];
  readonly onError: (text: string) => void;
  /** What is not answered by a page. */
  readonly route?: BodyRoute | undefined;
}

/**
 * Starts to listen. A port that cannot be had, or the first fault while
 * answering, is told to `onError` as text for a warning.
 *
 * @returns undefined when it cannot listen.
 */
export function servePages(
  { listen, hosts, onError, route }: ServeOptions,
  pages: ReadonlyMap<string, Page>,
): HttpServer | undefined {
  const where = parseListen(listen);
  if (!where) {
    onError(`status server: "${listen}" is not host:port`);
    return undefined;
  }
  let faulty = false;
  try {
    return serveHttp(where, (head) => {
      try {
        const status = refuseHost(head, hosts);
        return status === undefined ? answer(head, pages) : refuse(status);
      } catch {
        if (!faulty) onError("status server could not answer a request");
        faulty = true;
        return { status: 500, body: "internal error\n" };
      }
    }, route);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    onError(`status server cannot listen on ${listen}: ${why}`);
    return undefined;
  }
}

/** A page of JSON. */
export function jsonPage(body: string): Reply {
  return { status: 200, body, type: "application/json; charset=utf-8" };
}

/** A page for Prometheus. */
export function metricsPage(body: string): Reply {
  return { status: 200, body, type: METRICS_TYPE };
}

/** `/healthz`, and `/readyz` as long as something is missing: `why`. */
export function healthPage(why?: string): Reply {
  return why === undefined
    ? { status: 200, body: "ok\n" }
    : { status: 503, body: `${why}\n` };
}

function refuse(status: 400 | 403): Reply {
  return {
    status,
    body: status === 400
      ? "give one Host header\n"
      : "this Host is not allowed: name it in CLOUDTASER_ALLOWED_HOSTS (agent: CLOUDTASER_AGENT_ALLOWED_HOSTS)\n",
  };
}

function answer(
  { method, path }: RequestHead,
  pages: ReadonlyMap<string, Page>,
): Reply {
  const page = pages.get(path);
  if (!page) return { status: 404, body: "not found\n" };
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, body: "method not allowed\n", allow: "GET, HEAD" };
  }
  return page();
}

/** Splits `host:port`. Undefined when it is not one. */
export function parseListen(
  listen: string,
): { hostname: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]*)):(\d{1,5})$/.exec(
    listen.trim(),
  );
  if (!match) return undefined;
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  return { hostname: match[1] ?? (match[2] || anyAddress()), port };
}

/** A socket of IPv6 takes IPv4 too, unless the kernel is told otherwise or has no IPv6. */
function anyAddress(): string {
  try {
    const only = Deno.readTextFileSync("/proc/sys/net/ipv6/bindv6only");
    return only.trim() === "0" ? "::" : "0.0.0.0";
  } catch {
    // A procfs with subset=pid shows no settings, and who has IPv6 all the same.
    return hasIpv6() ? "::" : "0.0.0.0";
  }
}

function hasIpv6(): boolean {
  try {
    return Deno.statSync("/proc/self/net/if_inet6").isFile;
  } catch {
    return false;
  }
}
