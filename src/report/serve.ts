/** The wrapper's status server: four pages over one moment of it. */
import { MAXIMUM_SCORE } from "@/evidence/mod.ts";
import type { BodyRoute, HttpServer } from "./http.ts";
import { renderMetrics } from "./metrics.ts";
import {
  healthPage,
  jsonPage,
  metricsPage,
  type Page,
  servePages,
} from "./pages.ts";
import type { ReportState } from "./state.ts";
import { renderStatus } from "./status.ts";

/** {@linkcode servePages} with the wrapper's pages; `state` is read anew for each. */
export function startServer(
  listen: string,
  state: () => ReportState,
  onError: (text: string) => void,
  route?: BodyRoute,
): HttpServer | undefined {
  const pages = new Map<string, Page>([
    ["/healthz", () => healthPage()],
    ["/readyz", () => healthPage(findUnready(state()))],
    ["/v1/status", () => jsonPage(renderStatus(state()))],
    ["/metrics", () => metricsPage(renderMetrics(state(), MAXIMUM_SCORE))],
  ]);
  return servePages(listen, pages, onError, route);
}

function findUnready({ application }: ReportState): string | undefined {
  const { phase } = application;
  return phase === "running" ? undefined : `application is ${phase}`;
}
