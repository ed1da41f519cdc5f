/** The counting part of the wrapper's metrics. */
import type { Activity } from "./activity.ts";
import type { Metric, Sample } from "@/http/exposition.ts";

/** All counters, in the order of docs/METRICS.md. */
export function listCounters(activity: Activity): Metric[] {
  return [
    ...listProofs(activity),
    ...listJobs(activity),
    counter(
      "event_runs_total",
      "EventPublishers sent to the API server with an event",
      activity.publishers ? [{ value: activity.publishers.runs }] : [],
    ),
    counter(
      "event_failures_total",
      "EventPublishers whose event was not written",
      activity.publishers ? [{ value: activity.publishers.failures }] : [],
    ),
    counter(
      "lease_renewals_total",
      "Tokens and leases that were prolonged",
      [{ value: activity.renewals }],
    ),
    counter(
      "lease_renewal_failures_total",
      "Failed tries to renew, or to read the secrets anew",
      [{ value: activity.renewalFailures }],
    ),
    counter(
      "application_restarts_total",
      "Starts of the application after the first",
      [{ value: activity.restarts }],
    ),
    counter(
      "orphans_reaped_total",
      "Processes that their parents left behind, and that were waited for",
      [{ value: activity.orphans }],
    ),
  ];
}

function listProofs({ proofs }: Activity): Metric[] {
  return [
    counter(
      "proofs_total",
      "Proofs by check and by what they found",
      proofs.flatMap((proof) =>
        (["in_force", "absent", "unknown"] as const).map((result) => ({
          labels: { check: proof.check, result },
          value: result === "in_force" ? proof.inForce : proof[result],
        }))
      ),
    ),
    counter(
      "proof_seconds_total",
      "Time that proofs took",
      proofs.map(({ check, seconds }) => ({
        labels: { check },
        value: seconds,
      })),
    ),
  ];
}

function listJobs({ jobs }: Activity): Metric[] {
  const samples = (field: "runs" | "failures" | "seconds") =>
    jobs.map((one) => ({
      labels: { job: one.job },
      value: one[field],
    }));
  return [
    counter(
      "fetches_total",
      "Fetchers sent to Vault, by job",
      samples("runs"),
    ),
    counter(
      "fetch_failures_total",
      "Fetchers that came back without what they were sent for",
      samples("failures"),
    ),
    counter(
      "fetch_seconds_total",
      "Time that fetchers were away",
      samples("seconds"),
    ),
  ];
}

function counter(
  name: string,
  help: string,
  samples: readonly Sample[],
): Metric {
  return { name: `cloudtaser_${name}`, help, type: "counter", samples };
}
