/** The wrapper's status server: four pages. */
import type { HttpServer } from "@/http/server.ts";
import { listMetrics } from "./metrics.ts";
import {
  healthPage,
  jsonPage,
  metricsPage,
  type Page,
  type ServeOptions,
  servePages,
} from "@/http/pages.ts";
import type { ReportState } from "./state.ts";
import { renderStatus } from "./status.ts";

/** {@linkcode servePages} with the wrapper's pages. Each response shows the state of that moment. */
export function startServer(
  options: ServeOptions,
  state: () => ReportState,
): HttpServer | undefined {
  const pages = new Map<string, Page>([
    ["/healthz", () => healthPage()],
    ["/readyz", () => healthPage(findUnready(state()))],
    ["/v1/status", () => jsonPage(renderStatus(state()))],
    ["/metrics", () => metricsPage(listMetrics(state()))],
  ]);
  return servePages(options, pages);
}

function findUnready({ application }: ReportState): string | undefined {
  const { phase } = application;
  return phase === "running" ? undefined : `application is ${phase}`;
}
