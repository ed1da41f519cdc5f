/**
 * Handles uncaught errors. Without a handler the binary's bootstrap
 * (tools/base/bootstrap.js) exits with 70.
 */
import { kindOf } from "@/base/errors.ts";

const HOOK = Symbol.for("cloudtaser.internalError");

/** Calls `report` with the kind of each uncaught error; the process continues. */
export function onInternalError(report: (kind: string) => void): void {
  Object.assign(globalThis, {
    [HOOK]: (error: unknown) => {
      report(kindOf(error));
      return true;
    },
  });
}
