/** What a program was started with, behind the name of its command. */

/** Settings and words of one command line. */
export interface Invocation {
  /** Settings given as flags, by flag name. */
  readonly flags: ReadonlyMap<string, string>;
  /** Switches of the command: `json` of check, `check`, `remove` and `export` of agent. */
  readonly switches: ReadonlySet<string>;
  /** The application's argv, or the command's own words; each with its NUL. */
  readonly words: readonly Uint8Array[];
}
