/**
 * The status server: four paths over one moment of the wrapper. It answers
 * from memory and can never end the process.
 */
import { MAXIMUM_SCORE } from "@/evidence/mod.ts";
import {
  type HttpServer,
  type Reply,
  type RequestHead,
  serveHttp,
} from "./http.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import type { ReportState } from "./state.ts";
import { renderStatus } from "./status.ts";

const JSON_TYPE = "application/json; charset=utf-8";

type Page = (state: () => ReportState) => Reply;

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  ["/healthz", () => ({ status: 200, body: "ok\n" })],
  ["/readyz", renderReadiness],
  ["/v1/status", (state) => ({
    status: 200,
    body: renderStatus(state()),
    type: JSON_TYPE,
  })],
  ["/metrics", (state) => {
    const { score, identity } = state();
    const body = renderMetrics(score, identity, MAXIMUM_SCORE);
    return { status: 200, body, type: METRICS_TYPE };
  }],
]);

/**
 * Starts to listen. A port that cannot be had, or the first fault while
 * answering, is told to `onError` as text for a warning.
 *
 * @param listen `0.0.0.0:8199`, `[::]:8199`, `:8199`
 * @returns undefined when it cannot listen.
 */
export function startServer(
  listen: string,
  state: () => ReportState,
  onError: (text: string) => void,
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
        return answer(head, state);
      } catch {
        if (!faulty) onError("status server could not answer a request");
        faulty = true;
        return { status: 500, body: "internal error\n" };
      }
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    onError(`status server cannot listen on ${listen}: ${why}`);
    return undefined;
  }
}

function answer(head: RequestHead, state: () => ReportState): Reply {
  const page = PAGES.get(head.path);
  if (!page) return { status: 404, body: "not found\n" };
  if (head.method !== "GET" && head.method !== "HEAD") {
    return { status: 405, body: "method not allowed\n", allow: "GET, HEAD" };
  }
  return page(state);
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

function renderReadiness(state: () => ReportState): Reply {
  const { phase } = state().application;
  return phase === "running"
    ? { status: 200, body: "ok\n" }
    : { status: 503, body: `application is ${phase}\n` };
}
