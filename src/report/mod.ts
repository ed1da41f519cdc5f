/** Room report: who must be told, in what form? The door. */
export type { Activity, ProofCount } from "./activity.ts";
export { type Metric, renderExposition } from "./exposition.ts";
export { renderMetrics } from "./metrics.ts";
export { renderScoreChange, renderScoreLines } from "./score_lines.ts";
export {
  healthPage,
  jsonPage,
  metricsPage,
  type Page,
  parseListen,
  servePages,
} from "./pages.ts";
export { describeEvent, type ProtectionEvent } from "./events.ts";
export type { BodyRoute } from "./http.ts";
export { startServer } from "./serve.ts";
export {
  hostPort,
  type Identity,
  type ReportState,
  type VaultState,
} from "./state.ts";
export { makeStatus, renderStatus } from "./status.ts";
export { renderText } from "./status_text.ts";
