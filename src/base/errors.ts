/**
 * The errors that an operator may meet, divided by who must act, and the one
 * table of exit codes. Programmers' mistakes are plain TypeErrors and end as
 * `internal`. No text here ever holds the value of a secret.
 */

/** Exit codes of our own failures, after sysexits(3). The application's own status passes through. */
export const EXIT = {
  usage: 64,
  unavailable: 69,
  internal: 70,
  kernel: 71,
  policy: 77,
  config: 78,
  notExecutable: 126,
  notFound: 127,
} as const;

/** An error whose message is made for the operator: setting, form of the value, remedy. */
export class WrapperError extends Error {
  /** What the process exits with when this error ends it. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

/** The command line cannot be understood. */
export class UsageError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options);
  }
}

/** A setting is wrong, or names something that does not exist. */
export class ConfigError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.config, options);
  }
}

/** Vault could not be used within its deadline. */
export class VaultUnavailableError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.unavailable, options);
  }
}

/** The kernel refused something that is needed. */
export class KernelError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.kernel, options);
  }
}

/** The score or a required check forbids the start. */
export class PolicyError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.policy, options);
  }
}

/** What an error of unknown kind says, for the log; only where it cannot quote a secret. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Its kind alone: the text of what was not foreseen may quote anything. */
export function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** A mistake of ours. */
export class InternalError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.internal, options);
  }
}
