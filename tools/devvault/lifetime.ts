/**
 * The arithmetic of renewals, as OpenBao does it: in whole seconds, both ends
 * rounded, so that what is granted is a whole number and never 0.
 */
import { Refusal } from "./answer.ts";

/** What a renewal gives. */
export interface Grant {
  readonly seconds: number;
  /** What Vault warns of when it gives less than was wanted. */
  readonly warnings: readonly string[];
}

/**
 * How long something that began at `startMs` may go on at `nowMs`.
 * @throws Refusal 400 when its longest life is over
 */
export function prolong(
  startMs: number,
  nowMs: number,
  life: { readonly maxSeconds: number; readonly wantedSeconds: number },
): Grant {
  const age = Math.round(nowMs / 1000) - Math.round(startMs / 1000);
  const left = life.maxSeconds - age;
  if (left <= 0) {
    const reason = "past the max TTL, cannot renew";
    const complaint =
      `failed to renew entry: resp: (*logical.Response)(nil) err: ${reason}`;
    throw new Refusal(400, complaint);
  }
  if (life.wantedSeconds <= left) {
    return { seconds: life.wantedSeconds, warnings: [] };
  }
  const warning = `TTL of "${duration(life.wantedSeconds)}" exceeded the ` +
    `effective max_ttl of "${duration(left)}"; TTL value is capped accordingly`;
  return { seconds: left, warnings: [warning] };
}

/** Whole seconds that are left, as lookups say: from the nearest second on. */
export function secondsRemaining(expiresAt: number | undefined): number {
  if (expiresAt === undefined) return 0;
  const left = expiresAt / 1000 - Math.round(Date.now() / 1000);
  return Math.max(0, Math.floor(left));
}

/** Seconds as Vault's warnings write them: `90` → `1m30s`. */
function duration(total: number): string {
  const parts = [
    [Math.floor(total / 3600), "h"],
    [Math.floor(total / 60) % 60, "m"],
    [Math.floor(total % 60), "s"],
  ];
  const shown = parts.filter(([amount]) => amount !== 0).flat().join("");
  return shown === "" ? "0s" : shown;
}
