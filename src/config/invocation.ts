/** The command line behind the name of the subcommand. */

/** A parsed command line. */
export interface Invocation {
  /** Settings given as flags, by flag name. */
  readonly flags: ReadonlyMap<string, string>;
  /** Switches of the subcommand: `json` of check; `check`, `remove` and `export` of agent. */
  readonly switches: ReadonlySet<string>;
  /** What follows the flags: the application's argv, or the subcommand's operands; each with its NUL. */
  readonly operands: readonly Uint8Array[];
}
