/** `agent --check`, `--remove` and `--export`: the enforcer does one job and exits. */
import {
  describeEnd,
  Enforcer,
  type EnforcerProcess,
} from "@/agent/enforcer/enforcer.ts";
import { blocksSynchronously, renderCheck } from "@/agent/vectors/report.ts";
import { EXIT, KernelError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { FromEnforcer } from "@/protocol/enforcer.ts";

/**
 * Prints what this kernel can block.
 *
 * @returns 0, or 77 when no backend blocks attacks before they happen
 * @throws KernelError with the enforcer's reason when the check itself fails
 */
export async function checkNode(process: EnforcerProcess): Promise<number> {
  const ready = await runJob(process, "ready", "Cannot check the node");
  Deno.stdout.writeSync(new TextEncoder().encode(renderCheck(ready)));
  return blocksSynchronously(ready) ? 0 : EXIT.policy;
}

/** Removes all pins. @throws KernelError with the enforcer's reason */
export async function removePins(
  process: EnforcerProcess,
  log: Log,
): Promise<number> {
  const removed = await runJob(process, "removed", "Cannot remove the pins");
  for (const note of removed.notes) log.info(note);
  log.info("All pins are removed; no process is protected any more");
  return 0;
}

/** Mounts the directory for pods. @throws KernelError with the enforcer's reason */
export async function exportSocket(
  process: EnforcerProcess,
  log: Log,
): Promise<number> {
  const { path, locked, reason } = await runJob(
    process,
    "exported",
    "Cannot export the socket",
  );
  if (locked) {
    log.info(`Exported ${path} read-only (locked)`);
  } else {
    log.warn(
      `Exported ${path} read-only, but a runtime may remount a pod's copy writable (${
        reason || "mounted without a user namespace"
      }); set user.max_user_namespaces above 0, unmount it and export it again`,
    );
  }
  return 0;
}

/** Waits until the process has ended. @returns its message of type `t` */
export async function runJob<T extends FromEnforcer["t"]>(
  process: EnforcerProcess,
  t: T,
  failure: string,
): Promise<Extract<FromEnforcer, { readonly t: T }>> {
  let result: FromEnforcer | undefined;
  const end = await new Enforcer(process).listen((message) => {
    if (message.t === t) result = message;
  });
  if (!result) throw new KernelError(`${failure}: ${describeEnd(end)}`);
  return result as Extract<FromEnforcer, { readonly t: T }>;
}
