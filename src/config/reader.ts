/**
 * Reads settings one by one from flags and environment entries. Mistakes are
 * collected, so that an operator sees all of them in one message.
 */
import { parseDuration } from "@/base/duration.ts";
import { describeClash, flagOf, namesOf, type Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

/**
 * A variable of the original environment. It is decoded for settings and
 * references only: other values are not ours to read.
 */
export interface Variable {
  readonly name: string;
  /** Its value as UTF-8. */
  readonly text: () => string;
  /** Its value as Latin-1, one character a byte. */
  readonly latin1: () => string;
  /** True when its bytes hold `vault:` or `bao:`. */
  readonly mayRefer: boolean;
}

export class SettingReader {
  readonly problems: string[] = [];
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
    // The first of equal names counts, as in getenv(3).
    const first = new Map<string, Variable>();
    for (const v of variables) if (!first.has(v.name)) first.set(v.name, v);
    this.#variables = first;
    this.#table = new Map(table.map((s) => [s.name, s]));
  }

  /** What was given, or undefined. An empty value counts as not given. */
  given(name: string): string | undefined {
    return this.#raw(this.#setting(name)) || undefined;
  }

  text(name: string): string {
    return this.given(name) ?? this.#setting(name).fallback;
  }

  list(name: string): string[] {
    return split(this.text(name));
  }

  /** As `list`, where a value that is given but empty is not the default: it is a mistake. */
  givenList(name: string): string[] {
    const setting = this.#setting(name);
    return split(this.#raw(setting) ?? setting.fallback);
  }

  boolean(name: string): boolean {
    const text = this.text(name).trim().toLowerCase();
    if (["1", "t", "true", "yes", "on"].includes(text)) return true;
    if (!["0", "f", "false", "no", "off", ""].includes(text)) {
      this.#refuse(name, text, "true or false");
    }
    return false;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name).trim();
    if (text === "") return undefined;
    const found = choices.find((c) => c === text.toLowerCase());
    if (found === undefined) this.#refuse(name, text, listChoices(choices));
    return found;
  }

  /** Milliseconds; undefined for `off`. */
  duration(name: string): number | undefined {
    const text = this.text(name).trim();
    if (text === "off" || text === "0") return undefined;
    const ms = parseDuration(text);
    if (ms === undefined) {
      this.#refuse(name, text, "a duration such as 500ms, 30s or 2m, or off");
    }
    return ms;
  }

  /** A whole number within bounds. Given but empty is a mistake: a gate must not vanish silently. */
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
      `a whole number from ${bounds.min} to ${bounds.max}`,
    );
    return undefined;
  }

  /** Notes each setting of `table` whose two names hold different values, and no flag decides. */
  refuseTwins(table: readonly Setting[]): void {
    for (const setting of table) {
      if (this.#flags.has(flagOf(setting))) continue;
      const values = this.#texts(setting).map((text) => text.trim())
        .filter((text) => text !== "");
      if (new Set(values).size > 1) this.problem(describeClash(setting));
    }
  }

  /** Notes those that are given without content: what an empty template leaves must not weaken anything in silence. */
  refuseBlank(names: readonly string[]): void {
    for (const name of names) {
      const raw = this.#raw(this.#setting(name));
      if (raw !== undefined && /^[,\s]*$/.test(raw)) {
        this.#refuse(name, raw, "a value, or leave it out");
      }
    }
  }

  /** Notes a mistake in the words of the setting it belongs to. */
  problem(text: string): void {
    this.problems.push(text);
  }

  /** Once for each setting: one mistake is one message. */
  #refuse(name: string, text: string, wanted: string): void {
    if (this.#refused.has(name)) return;
    this.#refused.add(name);
    this.problem(`${name} is ${quote(text)}: give ${wanted}`);
  }

  #raw(setting: Setting): string | undefined {
    const flag = this.#flags.get(flagOf(setting));
    if (flag !== undefined) return flag;
    // An empty twin gives way to the other name, as in the libraries of OpenBao.
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
  return text.split(/[,\s]+/).filter((item) => item !== "");
}

/** `a, b or c` */
function listChoices(choices: readonly string[]): string {
  return choices.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/** A value for an error message: short and without control characters. */
export function quote(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(short);
}
