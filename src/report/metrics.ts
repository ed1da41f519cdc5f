/**
 * The two gauges of the specification in Prometheus' text format. Nothing else:
 * more metrics come with their own issue.
 */
import type { Score } from "@/score/mod.ts";

/** Content type of the text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Renders both gauges; without a score yet, only the maximum. */
export function renderMetrics(
  score: Score | undefined,
  labels: { readonly pod?: string; readonly namespace?: string },
  maximum: number,
): string {
  const set = `{pod="${escapeLabel(labels.pod ?? "")}",namespace="${
    escapeLabel(labels.namespace ?? "")
  }"}`;
  const lines: string[] = [];
  if (score) {
    lines.push(
      "# HELP cloudtaser_protection_score Current protection score",
      "# TYPE cloudtaser_protection_score gauge",
      `cloudtaser_protection_score${set} ${score.points}`,
    );
  }
  lines.push(
    "# HELP cloudtaser_protection_max Maximum possible protection score",
    "# TYPE cloudtaser_protection_max gauge",
    `cloudtaser_protection_max${set} ${score?.maximum ?? maximum}`,
  );
  return `${lines.join("\n")}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
