/**
 * Reads single settings from flags and environment entries. It collects
 * mistakes, so that one message lists all of them.
 */
import { parseDuration } from "@/base/duration.ts";
import { looksLikeCredential } from "@/base/text.ts";
import { describeConflict, flagOf, namesOf, type Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

/**
 * A variable of the original environment. Only settings and references are
 * decoded.
 */
export interface Variable {
  readonly name: string;
  /** Its value as UTF-8. */
  readonly text: () => string;
  /** Its value as Latin-1, one character a byte. */
  readonly latin1: () => string;
  /** Known without decoding: the value of an unknown variable may be a secret. */
  readonly isEmpty: boolean;
  /** True when its bytes contain `vault:` or `bao:`, or begin with them in capitals. */
  readonly mayRefer: boolean;
}

/** A parsed command line. */
export interface Invocation {
  /** Settings given as flags, by flag name. */
  readonly flags: ReadonlyMap<string, string>;
  /** Switches of the subcommand: `json` of check; `check`, `remove` and `export` of agent. */
  readonly switches: ReadonlySet<string>;
  /** What follows the flags: the application's argv, or the subcommand's operands; each with its NUL. */
  readonly operands: readonly Uint8Array[];
}

export class SettingReader {
  readonly problems: string[] = [];
  /** About settings that are valid and probably not what was meant. */
  readonly warnings: string[] = [];
  readonly #flags: ReadonlyMap<string, string>;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #table: ReadonlyMap<string, Setting>;
  readonly #refused = new Set<string>();

  constructor(
    flags: ReadonlyMap<string, string>,
    variables: Iterable<Variable>,
    table: readonly Setting[] = SETTINGS,
  ) {
    this.#flags = flags;
    // Of equal names the first wins, as in getenv(3).
    const first = new Map<string, Variable>();
    for (const v of variables) if (!first.has(v.name)) first.set(v.name, v);
    this.#variables = first;
    this.#table = new Map(table.map((s) => [s.name, s]));
  }

  /** The value, or undefined. An empty value counts as unset. */
  given(name: string): string | undefined {
    return this.#raw(this.#setting(name)) || undefined;
  }

  text(name: string): string {
    return this.given(name) ?? this.#setting(name).fallback;
  }

  list(name: string): string[] {
    return split(this.text(name));
  }

  /** As `list`, except that an empty value gives [] instead of the default. */
  givenList(name: string): string[] {
    const setting = this.#setting(name);
    return split(this.#raw(setting) ?? setting.fallback);
  }

  boolean(name: string): boolean {
    const text = this.text(name).trim().toLowerCase();
    if (["1", "t", "true", "yes", "on"].includes(text)) return true;
    if (!["0", "f", "false", "no", "off", ""].includes(text)) {
      this.#refuse(name, text, "use true or false");
    }
    return false;
  }

  /** @param aliases other spellings, which no message offers */
  choice<T extends string>(
    name: string,
    choices: readonly T[],
    aliases: Readonly<Record<string, T>> = {},
  ): T | undefined {
    const text = this.text(name).trim();
    if (text === "") return undefined;
    const word = text.toLowerCase();
    const found = choices.find((c) => c === (aliases[word] ?? word));
    if (found === undefined) {
      this.#refuse(name, text, `use ${listChoices(choices)}`);
    }
    return found;
  }

  /** Milliseconds; undefined for `off`. */
  duration(name: string): number | undefined {
    const text = this.text(name).trim();
    if (text === "off" || text === "0") return undefined;
    const ms = parseDuration(text);
    if (ms === undefined) {
      this.#refuse(
        name,
        text,
        "use a duration such as 500ms, 30s or 2m, or off",
      );
    }
    return ms;
  }

  /** An integer within bounds. An empty value is a mistake: it must not disable a minimum silently. */
  count(
    name: string,
    bounds: { min: number; max: number },
  ): number | undefined {
    const setting = this.#setting(name);
    const raw = this.#raw(setting) ?? setting.fallback;
    if (raw === "" && this.#raw(setting) === undefined) return undefined;
    const text = raw.trim();
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= bounds.min && value <= bounds.max) {
      return value;
    }
    this.#refuse(
      name,
      text,
      `use an integer from ${bounds.min} to ${bounds.max}`,
    );
    return undefined;
  }

  /** Adds a problem for each setting of `table` whose VAULT_ and BAO_ values differ, unless a flag is set. */
  refuseConflicts(table: readonly Setting[]): void {
    for (const setting of table) {
      if (this.#flags.has(flagOf(setting))) continue;
      const values = this.#texts(setting).map((text) => text.trim())
        .filter((text) => text !== "");
      if (new Set(values).size > 1) this.problem(describeConflict(setting));
    }
  }

  /** Adds a problem for each that is set but blank, as an empty template leaves it: that must not weaken the policy silently. */
  refuseBlank(names: readonly string[]): void {
    for (const name of names) {
      const raw = this.#raw(this.#setting(name));
      if (raw !== undefined && /^[,\s]*$/.test(raw)) {
        this.#refuse(name, raw, "set a value, or unset it");
      }
    }
  }

  /** Adds a message that names its setting. */
  problem(text: string): void {
    this.problems.push(text);
  }

  /** Adds one message per setting. */
  #refuse(name: string, text: string, remedy: string): void {
    if (this.#refused.has(name)) return;
    this.#refused.add(name);
    this.problem(`${name} is ${quote(text)}: ${remedy}`);
  }

  #raw(setting: Setting): string | undefined {
    const flag = this.#flags.get(flagOf(setting));
    if (flag !== undefined) return flag;
    // An empty value yields to the other name's, as in OpenBao's libraries.
    const values = this.#texts(setting);
    return values.find((value) => value !== "") ?? values[0];
  }

  #texts(setting: Setting): string[] {
    return namesOf(setting).flatMap((name) =>
      this.#variables.get(name)?.text() ?? []
    );
  }

  #setting(name: string): Setting {
    const setting = this.#table.get(name);
    if (!setting) throw new TypeError(`no such setting: ${name}`);
    return setting;
  }
}

function split(text: string): string[] {
  // A key has line feeds: its pieces would be quoted one by one.
  if (looksLikeCredential(text)) return [text];
  return text.split(/[,\s]+/).filter((item) => item !== "");
}

/** `a, b or c` */
function listChoices(choices: readonly string[]): string {
  return choices.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/** A value for an error message: short, without control characters, and no credential set by mistake. */
export function quote(text: string): string {
  if (looksLikeCredential(text)) return "a value that looks like a credential";
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(short);
}
