/** The counting part of the wrapper's metrics. */
import type { Activity } from "./activity.ts";
import type { Metric, Sample } from "@/http/exposition.ts";

/** All counters, in the order of docs/METRICS.md. */
export function listCounters(activity: Activity): Metric[] {
  return [
    ...listProofs(activity),
    ...listErrands(activity),
    counter(
      "herald_runs_total",
      "Heralds sent to the API server with an event",
      activity.heralds ? [{ value: activity.heralds.runs }] : [],
    ),
    counter(
      "herald_failures_total",
      "Heralds whose event was not written",
      activity.heralds ? [{ value: activity.heralds.failures }] : [],
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

function listErrands({ errands }: Activity): Metric[] {
  const samples = (field: "runs" | "failures" | "seconds") =>
    errands.map((one) => ({
      labels: { errand: one.errand },
      value: one[field],
    }));
  return [
    counter(
      "courier_runs_total",
      "Couriers sent to Vault, by errand",
      samples("runs"),
    ),
    counter(
      "courier_failures_total",
      "Couriers that came back without what they were sent for",
      samples("failures"),
    ),
    counter(
      "courier_seconds_total",
      "Time that couriers were away",
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
