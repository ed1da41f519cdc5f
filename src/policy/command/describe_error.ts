/** The texts and exit codes of errors. */
import { EXIT, InternalError, kindOf, WrapperError } from "@/base/errors.ts";

/** For one line of standard error. A bug is reported by its kind: its message may quote the manifest. */
export function describeError(
  error: unknown,
): { readonly text: string; readonly code: number } {
  return error instanceof WrapperError && !(error instanceof InternalError)
    ? { text: error.message, code: error.exitCode }
    : {
      text: `Internal error: ${kindOf(error)}; please report it`,
      code: EXIT.internal,
    };
}
