/**
 * Errors for operators, by who must act, and the table of exit codes. Bugs are
 * plain TypeErrors and exit as `internal`. No message contains a secret's value.
 */

/** The wrapper's own exit codes, after sysexits(3). Otherwise it exits with the application's. */
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

/** An error for operators: its message says what happened, which setting, and what to do. */
export class WrapperError extends Error {
  /** The exit code of a process that this error ends. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

/** The command line is invalid. */
export class UsageError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options);
  }
}

/** A setting is invalid, or names something that does not exist. */
export class ConfigError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.config, options);
  }
}

/** Vault does not accept the token; a new login may help. */
export class TokenRefusedError extends ConfigError {}

/** Vault was unavailable until the deadline. */
export class VaultUnavailableError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.unavailable, options);
  }
}

/** The kernel refused a required call. */
export class KernelError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.kernel, options);
  }
}

/** The score or a required check does not allow the start. */
export class PolicyError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.policy, options);
  }
}

/** The message of any error, for the log. Use it only where the message cannot quote a secret. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The kind of an unexpected error, whose message may quote a secret. */
export function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** A bug, or a fetcher that failed. */
export class InternalError extends WrapperError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.internal, options);
  }
}
