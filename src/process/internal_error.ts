/**
 * What happens with an error that nobody caught. The bootstrap of the binary
 * (tools/base/bootstrap.js) exits with 70, unless a function stands here.
 */
import { kindOf } from "@/base/errors.ts";

const HOOK = Symbol.for("cloudtaser.internalError");

/** From now on such an error is told to `tell`, by its kind alone, and the process goes on. */
export function onInternalError(tell: (kind: string) => void): void {
  Object.assign(globalThis, {
    [HOOK]: (error: unknown) => {
      tell(kindOf(error));
      return true;
    },
  });
}
