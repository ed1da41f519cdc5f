/**
 * Our own command line: which command, which flags, and the application's words
 * as the raw bytes that they came as.
 */
import { UsageError } from "@/base/mod.ts";
import { flagOf, SETTINGS } from "@/config/mod.ts";

/** Words that are commands of ours when they come first. */
export const COMMANDS = [
  "check",
  "install",
  "courier",
  "help",
  "version",
] as const;
/** What is to be done; `run` when no command of ours is named. */
export type Command = typeof COMMANDS[number] | "run";

/** Our arguments, understood. */
export interface CommandLine {
  readonly command: Command;
  /** Settings given as flags, by flag name. */
  readonly flags: ReadonlyMap<string, string>;
  /** `--json` of check. */
  readonly json: boolean;
  /** What follows: the application's argv, or the command's own words; each with its NUL. */
  readonly words: readonly Uint8Array[];
}

/** A map: an application may well be called `constructor`. */
const SWITCHES: ReadonlyMap<string, Command> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-V", "version"],
]);

/**
 * Reads argv (without its first word).
 *
 * @throws UsageError for an unknown flag or a flag without its value
 */
export function parseArgs(args: readonly Uint8Array[]): CommandLine {
  const flags = new Map<string, string>();
  let command: Command = "run";
  let json = false;
  let at = 0;
  while (at < args.length) {
    const word = decode(args[at]);
    if (word === "--") {
      return { command, flags, json, words: args.slice(at + 1) };
    }
    const switched = SWITCHES.get(word);
    if (switched) {
      return { command: switched, flags, json, words: args.slice(at + 1) };
    }
    if (word === "--json" && command === "check") json = true;
    else if (word.startsWith("--")) at += takeFlag(flags, word, args[at + 1]);
    else if (at === 0 && isCommand(word)) command = word;
    else break;
    at++;
  }
  return { command, flags, json, words: args.slice(at) };
}

/** @returns how many words the flag's value took: 0 or 1 */
function takeFlag(
  flags: Map<string, string>,
  word: string,
  next: Uint8Array | undefined,
): number {
  const [name = "", ...rest] = word.slice(2).split("=");
  const setting = SETTINGS.find((s) =>
    flagOf(s) === name && s.kind !== "secret"
  );
  if (!setting) {
    throw new UsageError(
      `--${name} is no flag of ours: see --help, and put -- before the application`,
    );
  }
  if (rest.length > 0) flags.set(name, rest.join("="));
  else if (setting.kind === "boolean") flags.set(name, "true");
  else if (next === undefined) {
    throw new UsageError(`--${name} needs a value: --${name}=VALUE`);
  } else {
    flags.set(name, decode(next));
    return 1;
  }
  return 0;
}

function isCommand(word: string): word is typeof COMMANDS[number] {
  return COMMANDS.some((c) => c === word);
}

function decode(word: Uint8Array | undefined): string {
  return new TextDecoder().decode(word?.subarray(0, -1));
}
