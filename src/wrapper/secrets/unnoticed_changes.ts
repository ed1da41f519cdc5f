/** A reaction to changed values that nothing would trigger. */
import type { Log } from "@/base/log.ts";
import type { Config } from "@/config/load.ts";

type Reaction = Pick<Config, "onRotate" | "refreshMs" | "plan">;

/**
 * Warns if CLOUDTASER_ON_ROTATE is set and no refresh would notice a change.
 *
 * @param leases of what was read: their paths are read again when they end
 */
export function warnOfUnnoticed(
  { onRotate, refreshMs, plan }: Reaction,
  leases: readonly { readonly path: string }[],
  log: Pick<Log, "warn">,
): void {
  if (onRotate.kind === "none" || refreshMs !== undefined) return;
  const parts = plan.deliveries.flatMap((delivery) => delivery.parts);
  const unnoticed = [...parts, ...plan.bulk].find((part) =>
    "path" in part && !("write" in part) &&
    leases.every((lease) => lease.path !== part.path)
  );
  if (!unnoticed || !("path" in unnoticed)) return;
  log.warn(
    `CLOUDTASER_ON_ROTATE is ${onRotate.kind}, but changes of ${unnoticed.path} are noticed only at the next login: set CLOUDTASER_REFRESH_INTERVAL`,
  );
}
