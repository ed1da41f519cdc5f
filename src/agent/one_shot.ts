/** `agent --check`, `--remove` and `--export`: the enforcer does one thing and ends. */
import type { EnforcerProcess } from "@/agent/enforcer/enforcer.ts";
import { refusesAtOnce, renderCheck } from "@/agent/vectors/report.ts";
import { runJob } from "@/agent/enforcer/one_job.ts";
import { EXIT, KernelError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";

/**
 * Prints what this kernel can do.
 *
 * @returns 0, or 77 when nothing here refuses before it happens
 * @throws KernelError with the enforcer's words when that cannot be found out
 */
export async function checkNode(process: EnforcerProcess): Promise<number> {
  const { ready, end } = await runJob(process);
  if (!ready) {
    throw new KernelError(describe("The node cannot be checked", end));
  }
  Deno.stdout.writeSync(new TextEncoder().encode(renderCheck(ready)));
  return refusesAtOnce(ready) ? 0 : EXIT.policy;
}

/** Takes all pins away. @throws KernelError with the enforcer's words when it may not */
export async function removePins(
  process: EnforcerProcess,
  log: Log,
): Promise<number> {
  const { removed, end } = await runJob(process);
  if (!removed) {
    throw new KernelError(describe("The pins are not removed", end));
  }
  for (const note of removed.notes) log.info(note);
  log.info("All pins are removed: nothing is protected any more");
  return 0;
}

/** Mounts the directory for pods. @throws KernelError with the enforcer's words when it cannot */
export async function exportSocket(
  process: EnforcerProcess,
  log: Log,
): Promise<number> {
  const { exported, end } = await runJob(process);
  if (!exported) {
    throw new KernelError(describe("The socket is not exported", end));
  }
  const { path, locked, reason } = exported;
  if (locked) {
    log.info(`Exported ${path} read-only (locked)`);
  } else {
    log.warn(
      `Pods mount ${path}: read-only, but a runtime may make a pod's copy writable (${
        reason || "mounted without a user namespace"
      }); set user.max_user_namespaces above 0, unmount it, export it again`,
    );
  }
  return 0;
}

function describe(
  what: string,
  { reason, remedy }: { reason: string; remedy: string },
): string {
  return `${what}: ${reason}${remedy === "" ? "" : `: ${remedy}`}`;
}
