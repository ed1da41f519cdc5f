/**
 * Parses the command line: subcommand, flags, and the application's argv, which
 * stays raw bytes.
 */
import { UsageError } from "@/base/errors.ts";
import { AGENT_SETTINGS } from "@/config/agent_settings.ts";
import { type Invocation, quote } from "@/config/reader.ts";
import { flagOf, type Setting } from "@/config/setting.ts";
import { SETTINGS } from "@/config/settings.ts";

/** Subcommands; only the first argument can be one. tools/base/fetcher.h repeats the list without `run`. */
export const COMMANDS = [
  "run",
  "check",
  "install",
  "agent",
  "status",
  "policy",
  // Of the wrapper itself; no application has such a name.
  "cloudtaser-fetcher",
  "cloudtaser-events",
  "help",
  "version",
] as const;
/** The subcommand; `run` when none is named. */
export type Command = typeof COMMANDS[number];

/** A flag that does not exist; main.ts adds the nearest one. */
export class UnknownFlag extends UsageError {
  /** As it was written, without its value. */
  readonly flag: string;
  /** The flags that exist here. */
  readonly known: readonly string[];

  constructor(flag: string, known: readonly string[], advice: string) {
    super(`unknown flag ${flag}: ${advice}`);
    this.flag = flag;
    this.known = known;
  }
}

/** The parsed arguments. */
export interface CommandLine extends Invocation {
  readonly command: Command;
}

/** Flags of subcommands that are not settings. */
const SWITCHES: ReadonlyMap<Command, readonly string[]> = new Map([
  ["check", ["json"]],
  ["agent", ["check", "remove", "export"]],
]);

/** How many operands a subcommand takes at most; `run` takes any. */
const MOST_OPERANDS: ReadonlyMap<Command, number> = new Map([
  ["check", 0],
  ["install", 1],
  ["help", 1],
  ["version", 0],
]);

/** Flags that act as a subcommand. A Map rather than an object: an application may be named `constructor`. */
export const COMMAND_FLAGS: ReadonlyMap<string, Command> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-V", "version"],
]);

/** Subcommands whose `--help` is a page of its own. */
const HELP_TOPICS: ReadonlySet<Command> = new Set([
  "check",
  "install",
  "agent",
]);

/** The subcommand that the arguments name; the rest may be invalid. */
export function commandOf([first]: readonly Uint8Array[]): Command {
  const word = decode(first);
  return isCommand(word) ? word : "run";
}

/**
 * Parses the arguments behind argv[0].
 *
 * @param flags receives the flags; after an error, those before it
 * @throws UsageError for an unknown flag, a flag without its value or a superfluous word
 */
export function parseArgs(
  args: readonly Uint8Array[],
  flags = new Map<string, string>(),
): CommandLine {
  const switches = new Set<string>();
  let command: Command = "run";
  const finish = (operands: readonly Uint8Array[]) => {
    refuseSuperfluous(command, operands);
    return { command, flags, switches, operands };
  };
  let at = 0;
  while (at < args.length) {
    const arg = decode(args[at]);
    if (arg === "--") return finish(args.slice(at + 1));
    const replacement = COMMAND_FLAGS.get(arg);
    if (replacement) {
      // `agent --help` shows the agent's help.
      const isTopic = HELP_TOPICS.has(command);
      const topic = isTopic ? args.slice(0, 1) : args.slice(at + 1);
      command = replacement;
      return finish(replacement === "version" ? [] : topic);
    }
    if (isSwitch(command, arg)) switches.add(arg.slice(2));
    else if (arg.startsWith("-")) {
      at += readFlag({ flags, command }, arg, args[at + 1]);
    } else if (at === 0 && isCommand(arg)) {
      command = arg;
      // They parse their own flags (command/arguments.ts of src/fleet and src/policy).
      if (command === "status" || command === "policy") {
        return finish(args.slice(1));
      }
    } else break;
    at++;
  }
  return finish(args.slice(at));
}

/** A word that changes nothing was meant for something else. */
function refuseSuperfluous(
  command: Command,
  operands: readonly Uint8Array[],
): void {
  const superfluous = operands[MOST_OPERANDS.get(command) ?? Infinity];
  if (superfluous === undefined) return;
  throw new UsageError(
    `${command} does not accept ${
      quote(decode(superfluous))
    }: see ${command} --help; to run an application named ${command}, put -- before it`,
  );
}

function isSwitch(command: Command, arg: string): boolean {
  return arg.startsWith("--") &&
    (SWITCHES.get(command)?.includes(arg.slice(2)) ?? false);
}

/** @returns how many of the following arguments are the flag's value: 0 or 1 */
function readFlag(
  { flags, command }: {
    readonly flags: Map<string, string>;
    readonly command: Command;
  },
  arg: string,
  next: Uint8Array | undefined,
): number {
  const [written = "", ...rest] = arg.split("=");
  const name = written.slice(2);
  const table: readonly Setting[] = command === "agent"
    ? AGENT_SETTINGS
    : SETTINGS;
  const setting = written.startsWith("--")
    ? table.find((s) => flagOf(s) === name && s.kind !== "secret")
    : undefined;
  if (!setting) throw makeUnknownFlag(command, written, table);
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

function makeUnknownFlag(
  command: Command,
  flag: string,
  table: readonly Setting[],
): UnknownFlag {
  const names = table.filter((s) => s.kind !== "secret").map(flagOf);
  const known = [...names, ...SWITCHES.get(command) ?? []]
    .map((name) => `--${name}`);
  return new UnknownFlag(
    flag,
    [...known, ...COMMAND_FLAGS.keys()],
    command === "agent"
      ? "see agent --help"
      : "see --help; put -- before the application's command",
  );
}

function isCommand(word: string): word is typeof COMMANDS[number] {
  return COMMANDS.some((c) => c === word);
}

function decode(arg: Uint8Array | undefined): string {
  return new TextDecoder().decode(arg?.subarray(0, -1));
}
