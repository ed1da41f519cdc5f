/** The enforcer's bytes, as a file that can be started. */
import { KernelError } from "@/base/mod.ts";

/** A file that lives until it is closed. */
export interface Program {
  readonly path: string;
  close(): void;
}

/** @throws KernelError when there is no file in memory to be had */
export function openEnforcer(): Program {
  throw new KernelError("not yet");
}
