/**
 * The status pages of wrapper and agent. Each response is made from memory at
 * the time of the request. No request can end the process.
 */
import { kindOf } from "@/base/errors.ts";
import type { Metric } from "@/base/metric.ts";
import { loadScript } from "@/process/script.ts";
import type { renderExposition } from "./exposition.ts";
import {
  type BodyRoute,
  type HttpServer,
  type Reply,
  serveHttp,
} from "./server.ts";
import { refuseHost } from "./allowed_host.ts";
import type { RequestHead } from "./request_head.ts";

/** Makes one page. */
export type Page = () => Reply | Promise<Reply>;

/** Where and how to serve pages. */
export interface ServeOptions {
  /** `10.0.0.7:8199`, `[::1]:8199`; `:8199` for all IPv4 and IPv6 addresses. */
  readonly listen: string;
  /** Allowed Host names, besides addresses and localhost. */
  readonly hosts: readonly string[];
  readonly onError: (text: string) => void;
  /** Requests with a body. */
  readonly route?: BodyRoute | undefined;
}

/**
 * Starts to listen. `onError` receives a warning when that fails, and for the
 * first request that fails.
 *
 * @returns undefined when it cannot listen
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
    return serveHttp(where, async (head) => {
      try {
        const status = refuseHost(head, hosts);
        if (status !== undefined) return refuse(status);
        return await answer(head, pages);
      } catch (error) {
        if (!faulty) {
          const page = pages.has(head.path) ? head.path : "a request";
          onError(`status server cannot answer ${page}: ${kindOf(error)}`);
        }
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

interface ExpositionScript {
  readonly renderExposition: typeof renderExposition;
}
let script: Promise<ExpositionScript> | undefined;

/** A page for Prometheus. */
export async function metricsPage(metrics: readonly Metric[]): Promise<Reply> {
  script ??= loadScript<ExpositionScript>("metrics");
  const { renderExposition } = await script.catch((error) => {
    // The next scrape loads it again.
    script = undefined;
    throw error;
  });
  return { status: 200, ...await renderExposition(metrics) };
}

/** `/healthz` and `/readyz`; 503 with `why` when that is given. */
export function healthPage(why?: string): Reply {
  return why === undefined
    ? { status: 200, body: "ok\n" }
    : { status: 503, body: `${why}\n` };
}

function refuse(status: 400 | 403): Reply {
  return {
    status,
    body: status === 400
      ? "send exactly one valid Host header\n"
      : "this Host is not allowed: add it to CLOUDTASER_ALLOWED_HOSTS (agent: CLOUDTASER_AGENT_ALLOWED_HOSTS)\n",
  };
}

function answer(
  { method, path }: RequestHead,
  pages: ReadonlyMap<string, Page>,
): Reply | Promise<Reply> {
  const page = pages.get(path);
  if (!page) return { status: 404, body: "not found\n" };
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, body: "method not allowed\n", allow: "GET, HEAD" };
  }
  return page();
}

/** Splits `host:port`; undefined for anything else. */
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

/** An IPv6 socket accepts IPv4 too, unless bindv6only is set or the kernel has no IPv6. */
function anyAddress(): string {
  try {
    const only = Deno.readTextFileSync("/proc/sys/net/ipv6/bindv6only");
    return only.trim() === "0" ? "::" : "0.0.0.0";
  } catch {
    // A procfs with subset=pid has no /proc/sys, but shows if_inet6.
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
