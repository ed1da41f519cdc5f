/**
 * The status server: four paths over one moment of the wrapper. It answers
 * from memory, reads no request body, and can never end the process.
 */
import { MAXIMUM_SCORE } from "@/evidence/mod.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import type { ReportState } from "./state.ts";
import { renderStatus } from "./status.ts";

/** A running server. */
export interface StatusServer {
  /** `host:port` that it really listens on. */
  readonly address: string;
  /** Stops at once; what is being answered is cut off. */
  stop(): Promise<void>;
}

type Page = (state: ReportState) => Response;

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  ["/healthz", () => answer("ok\n")],
  ["/readyz", renderReadiness],
  [
    "/v1/status",
    (state) =>
      answer(renderStatus(state), { type: "application/json; charset=utf-8" }),
  ],
  [
    "/metrics",
    (state) =>
      answer(renderMetrics(state.score, state.identity, MAXIMUM_SCORE), {
        type: METRICS_TYPE,
      }),
  ],
]);

/**
 * Starts to listen. A port that cannot be had, or a fault while answering, is
 * told to `onError` once each, as text for a warning.
 *
 * @param listen `0.0.0.0:8199`, `[::]:8199`, `:8199`
 * @returns undefined when it cannot listen.
 */
export function startServer(
  listen: string,
  state: () => ReportState,
  onError: (text: string) => void,
): StatusServer | undefined {
  const where = parseListen(listen);
  if (!where) {
    onError(`status server: "${listen}" is not host:port`);
    return undefined;
  }
  try {
    const server = Deno.serve({
      ...where,
      onListen: () => {},
      onError: () => answer("internal error\n", { status: 500 }),
    }, (request) => handle(request, state));
    const { hostname, port } = server.addr;
    return {
      address: hostname.includes(":")
        ? `[${hostname}]:${port}`
        : `${hostname}:${port}`,
      stop: () => stop(server),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    onError(`status server cannot listen on ${listen}: ${why}`);
    return undefined;
  }
}

/** Answers one request. Exported for tests without a socket. */
export function handle(
  request: Request,
  state: () => ReportState,
): Response {
  const page = PAGES.get(new URL(request.url).pathname);
  if (!page) return answer("not found\n", { status: 404 });
  if (request.method !== "GET" && request.method !== "HEAD") {
    return answer("method not allowed\n", {
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  }
  return page(state());
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
  return { hostname: match[1] ?? (match[2] || "0.0.0.0"), port };
}

function renderReadiness(state: ReportState): Response {
  const { phase } = state.application;
  return phase === "running"
    ? answer("ok\n")
    : answer(`application is ${phase}\n`, { status: 503 });
}

function answer(
  body: string,
  options: {
    status?: number;
    type?: string;
    headers?: Record<string, string>;
  } = {},
): Response {
  return new Response(body, {
    status: options.status ?? 200,
    headers: {
      "content-type": options.type ?? "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      connection: "close",
      ...options.headers,
    },
  });
}

async function stop(server: Deno.HttpServer): Promise<void> {
  try {
    await server.shutdown();
  } catch {
    // Not listening any more.
  }
}
