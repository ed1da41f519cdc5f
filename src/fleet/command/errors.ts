/** Exit codes of `status`, and its error. */
import { WrapperError } from "@/base/errors.ts";

/** Exit codes of `status`, besides those of base/errors.ts. */
export const STATUS_EXIT = { good: 0, below: 1, unknown: 2 } as const;

/** The state of all pods is unknown: no cluster, no access, no such process. */
export class FleetError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, STATUS_EXIT.unknown, options);
  }
}
