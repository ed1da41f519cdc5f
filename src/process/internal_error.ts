/**
 * Messages about unexpected errors, and a handler for uncaught ones. Without a handler the binary's bootstrap
 * (tools/base/bootstrap.js) exits with 70.
 */
import { kindOf } from "@/base/errors.ts";

const HOOK = Symbol.for("cloudtaser.internalError");

/**
 * The message about an unexpected error. Its own message may quote a secret, so
 * this has its kind only.
 *
 * @param more its place, or the consequence
 */
export function describeInternalError(error: unknown, more: string): string {
  return `Internal error (please report): ${kindOf(error)}; ${more}`;
}

/** Calls `report` with each uncaught error; the process continues. */
export function onInternalError(report: (error: unknown) => void): void {
  Object.assign(globalThis, {
    [HOOK]: (error: unknown) => {
      report(error);
      return true;
    },
  });
}
