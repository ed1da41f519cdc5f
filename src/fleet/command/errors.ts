/** What `status` says to its caller: three exit codes, and the one error that means "could not tell". */
import { WrapperError } from "@/base/errors.ts";

/** Exit codes of `status`. A command line that makes no sense is 64, as everywhere. */
export const STATUS_EXIT = { good: 0, below: 1, unknown: 2 } as const;

/** Nothing can be said about any pod: no cluster, no access, no such process. */
export class FleetError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, STATUS_EXIT.unknown, options);
  }
}
