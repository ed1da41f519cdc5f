/** What one setting is, and the names under which it is given. */

/** How a value is read. `secret` values are never decoded and have no flag. */
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
  /** As the operator would write it; "" when there is none. */
  readonly fallback: string;
  readonly choices?: readonly string[];
  readonly help: string;
  /** The flag, where it is not made from the name. */
  readonly flag?: string;
}

/** `--min-protection-score` for CLOUDTASER_MIN_PROTECTION_SCORE, `--vault-addr` for VAULT_ADDR. */
export function flagOf(setting: Setting): string {
  if (setting.flag !== undefined) return setting.flag;
  const bare = setting.name.replace(/^CLOUDTASER_/, "");
  return bare.toLowerCase().replaceAll("_", "-");
}

/** The names under which a setting is looked up; where both are set they must be the same. */
export function namesOf(setting: Setting): string[] {
  return setting.name.startsWith("VAULT_")
    ? [setting.name.replace(/^VAULT_/, "BAO_"), setting.name]
    : [setting.name];
}

/** Why nothing is decided where both names are set, and not to the same. */
export function describeClash(setting: Setting): string {
  const flag = setting.kind === "secret" ? "" : `, or --${flagOf(setting)}`;
  return `${
    namesOf(setting).reverse().join(" and ")
  } differ: give one of them${flag}`;
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
