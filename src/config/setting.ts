/** One setting and its names. */

/** How a value is parsed. `secret` values are never decoded and have no flag. */
export type SettingKind =
  | "text"
  | "secret"
  | "boolean"
  | "count"
  | "duration"
  | "choice"
  | "list";

/** One row of the table. */
export interface Setting {
  /** Environment variable. The flag is made from it, see {@link flagOf}. */
  readonly name: string;
  readonly kind: SettingKind;
  /** The default, as an operator would write it; "" for none. */
  readonly fallback: string;
  readonly choices?: readonly string[];
  readonly help: string;
  /** The flag, unless it is made from the name. */
  readonly flag?: string;
}

/** `--min-protection-score` for CLOUDTASER_MIN_PROTECTION_SCORE, `--vault-addr` for VAULT_ADDR. */
export function flagOf(setting: Setting): string {
  if (setting.flag !== undefined) return setting.flag;
  const bare = setting.name.replace(/^CLOUDTASER_/, "");
  return bare.toLowerCase().replaceAll("_", "-");
}

/** The variables of a setting; if both are set they must have the same value. */
export function namesOf(setting: Pick<Setting, "name">): string[] {
  return setting.name.startsWith("VAULT_")
    ? [setting.name.replace(/^VAULT_/, "BAO_"), setting.name]
    : [setting.name];
}

/** The message for a setting whose two variables differ. */
export function describeConflict(setting: Setting): string {
  const flag = setting.kind === "secret" ? "" : `, or --${flagOf(setting)}`;
  return `${
    namesOf(setting).reverse().join(" and ")
  } differ: set one of them${flag}`;
}

/** Makes rows of the table whose names start with `prefix`. */
export function settingsUnder(prefix: string) {
  return (
    name: string,
    kind: SettingKind,
    fallback: string,
    help: string,
    choices?: readonly string[],
  ): Setting => ({
    name: `${prefix}${name}`,
    kind,
    fallback,
    help,
    ...(choices && { choices }),
  });
}
