/**
 * The wrapper's metrics. Names and labels are a contract (docs/METRICS.md): the
 * two gauges of the specification first, then what explains them.
 */
import { listCounters } from "./counters.ts";
import {
  type Metric,
  renderExposition,
  type Sample,
} from "@/http/exposition.ts";
import type { ReportState } from "./state.ts";

/** Renders one moment for Prometheus; `maximum` is what the score can be before there is one. */
export function renderMetrics(state: ReportState, maximum: number): string {
  return renderExposition([
    ...listScore(state, maximum),
    ...listState(state),
    ...listCounters(state.activity),
  ]);
}

/** To the specification's letter. */
function listScore(
  { score, identity, maximum: told }: ReportState,
  maximum: number,
): Metric[] {
  const labels = labelsOf(identity);
  return [
    {
      name: "cloudtaser_protection_score",
      help: "Current protection score",
      type: "gauge",
      samples: score ? [{ labels, value: score.points }] : [],
    },
    {
      name: "cloudtaser_protection_max",
      help: "Maximum possible protection score",
      type: "gauge",
      samples: [{ labels, value: score?.maximum ?? told ?? maximum }],
    },
  ];
}

/** What is not known is left out: an empty label would hide the scrape target's under honor_labels. */
function labelsOf(
  { pod, namespace }: ReportState["identity"],
): Record<string, string> {
  return {
    ...(pod !== undefined && { pod }),
    ...(namespace !== undefined && { namespace }),
  };
}

function listState(state: ReportState): Metric[] {
  const { score, application, vault, build } = state;
  const ttl = vault.leaseTtlSeconds;
  const checks = score?.checks ?? [];
  return [
    gauge(
      "protection_check",
      "1 while the check passes, 0 while it fails or is unknown",
      checks.map((c) => ({
        labels: { check: c.name },
        value: Number(c.passed),
      })),
    ),
    gauge("sealed", "1 while a token is waited for", [
      { value: Number(application.phase === "sealed") },
    ]),
    gauge("application_up", "1 while the application runs", [
      { value: Number(application.phase === "running") },
    ]),
    gauge(
      "vault_up",
      "1 while Vault gives and renews what it is asked for",
      // Nobody has asked it yet: no alert shall tell that it is down.
      vault.phase === "unused" || vault.phase === "sealed"
        ? []
        : [{ value: Number(vault.phase === "connected") }],
    ),
    gauge(
      "lease_ttl_seconds",
      "Time until the first of token and leases ends",
      ttl === undefined ? [] : [{ value: ttl }],
    ),
    gauge("build_info", "Versions of this binary; always 1", [
      { labels: { version: state.version, ...build }, value: 1 },
    ]),
  ];
}

function gauge(
  name: string,
  help: string,
  samples: readonly Sample[],
): Metric {
  return { name: `cloudtaser_${name}`, help, type: "gauge", samples };
}
