/**
 * Our own command line: which command, which flags, and the application's words
 * as the raw bytes that they came as.
 */
import { UsageError } from "@/base/errors.ts";
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import type { Invocation } from "@/config/invocation.ts";
import { flagOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";

/** Words that are commands of ours when they come first. */
const COMMANDS = [
  "check",
  "install",
  "agent",
  "status",
  "fetcher",
  "events",
  "help",
  "version",
] as const;
/** What is to be done; `run` when no command of ours is named. */
export type Command = typeof COMMANDS[number] | "run";

/** Our arguments, understood. */
export interface CommandLine extends Invocation {
  readonly command: Command;
}

/** What a command knows beside settings. */
const OWN_SWITCHES: ReadonlyMap<Command, readonly string[]> = new Map([
  ["check", ["json"]],
  ["agent", ["check", "remove", "export"]],
]);

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
  const switches = new Set<string>();
  let command: Command = "run";
  const finish = (words: readonly Uint8Array[]) => {
    return { command, flags, switches, words };
  };
  let at = 0;
  while (at < args.length) {
    const word = decode(args[at]);
    if (word === "--") return finish(args.slice(at + 1));
    const switched = SWITCHES.get(word);
    if (switched) {
      // `agent --help` asks for its own page.
      const rest = command === "agent" ? args.slice(0, 1) : args.slice(at + 1);
      command = switched;
      return finish(rest);
    }
    if (isOwnSwitch(command, word)) switches.add(word.slice(2));
    else if (word.startsWith("--")) {
      at += takeFlag({ flags, command }, word, args[at + 1]);
    } else if (at === 0 && isCommand(word)) {
      command = word;
      // It has flags of its own, which are no settings (src/fleet/arguments.ts).
      if (command === "status") return finish(args.slice(1));
    } else break;
    at++;
  }
  return finish(args.slice(at));
}

function isOwnSwitch(command: Command, word: string): boolean {
  return word.startsWith("--") &&
    (OWN_SWITCHES.get(command)?.includes(word.slice(2)) ?? false);
}

/** @returns how many words the flag's value took: 0 or 1 */
function takeFlag(
  { flags, command }: {
    readonly flags: Map<string, string>;
    readonly command: Command;
  },
  word: string,
  next: Uint8Array | undefined,
): number {
  const [name = "", ...rest] = word.slice(2).split("=");
  const isAgent = command === "agent";
  const table: readonly Setting[] = isAgent ? AGENT_SETTINGS : SETTINGS;
  const setting = table.find((s) => flagOf(s) === name && s.kind !== "secret");
  if (!setting) {
    throw new UsageError(
      isAgent
        ? `--${name} is no flag of the agent: see agent --help`
        : `--${name} is no flag of ours: see --help, and put -- before the application`,
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
