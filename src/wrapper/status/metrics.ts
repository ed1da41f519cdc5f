/**
 * The wrapper's metrics: gauges of its state, the two of the score first,
 * then the counters. Names and labels are a contract (docs/MONITORING.md).
 */
import { countOrphans } from "@ffi";
import { listCounters, type Metric, type Sample } from "@/base/metric.ts";
import type { ReportState } from "./state.ts";

/** All metrics at one moment. */
export function listMetrics(state: ReportState): Metric[] {
  return [...listScore(state), ...listState(state), ...listCounters()];
}

function listScore({ score, identity, maximum }: ReportState): Metric[] {
  const labels = labelsOf(identity);
  const checks = score?.checks.map(({ name, passed }) => {
    return { labels: { check: name }, value: Number(passed) };
  });
  return [
    gauge(
      "protection_score",
      "Current protection score",
      score ? [{ labels, value: score.points }] : [],
    ),
    gauge("protection_max", "Maximum possible protection score", [
      { labels, value: score?.maximum ?? maximum },
    ]),
    gauge(
      "protection_check",
      "1 while the check passes, 0 while it fails or is unknown",
      checks ?? [],
    ),
  ];
}

function listState(state: ReportState): Metric[] {
  const { version, build, application: { phase }, vault } = state;
  const { leaseTtlSeconds: ttl, leaseExpirySeconds: expiry } = vault;
  // Without a request to Vault there is no outage to alert on.
  const hasVault = vault.phase !== "unused" && vault.phase !== "sealed";
  const orphans = gauge("orphans_reaped_total", "Orphaned processes reaped", [
    { value: countOrphans() },
  ]);
  return [
    gauge("sealed", "1 while the wrapper waits for an unseal token", [
      { value: Number(phase === "sealed") },
    ]),
    gauge("application_up", "1 while the application runs", [
      { value: Number(phase === "running") },
    ]),
    gauge(
      "vault_up",
      "1 while requests to Vault succeed",
      hasVault ? [{ value: Number(vault.phase === "connected") }] : [],
    ),
    gauge(
      "lease_ttl_seconds",
      "Time until the token or the first lease expires",
      ttl === undefined ? [] : [{ value: ttl }],
    ),
    gauge(
      "lease_expiry_timestamp_seconds",
      "When the token or the first lease expires, in Unix time",
      expiry === undefined ? [] : [{ value: expiry }],
    ),
    gauge("build_info", "Versions of this binary; always 1", [
      { labels: { version, ...build }, value: 1 },
    ]),
    { ...orphans, type: "counter" },
  ];
}

/** An unknown label is omitted: an empty one would hide the scrape target's under honor_labels. */
function labelsOf(
  { pod, namespace }: ReportState["identity"],
): Record<string, string> {
  return {
    ...(pod !== undefined && { pod }),
    ...(namespace !== undefined && { namespace }),
  };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `cloudtaser_${name}`, help, type: "gauge", samples };
}
