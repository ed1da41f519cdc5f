/** The command line of `policy`. */
import type { ParseArgsConfig } from "node:util";
import { messageOf, UsageError } from "@/base/errors.ts";
import { findNearest } from "@/base/nearest_name.ts";
import type { PolicyLevel } from "../evaluate/findings.ts";
import type { Half } from "../render/manifests.ts";

const TASKS = ["explain", "render", "parameters"] as const;
const LEVELS: readonly PolicyLevel[] = ["audit", "warn", "deny"];
const FORMATS = ["text", "json"] as const;
const HALVES: readonly Half[] = ["mutating", "validating", "both"];

/** A parsed command line. */
export interface PolicyOptions {
  readonly task: typeof TASKS[number] | "help";
  /** The manifest; `-` is standard input. */
  readonly file: string;
  readonly parameters: string | undefined;
  readonly mode: PolicyLevel | undefined;
  readonly format: typeof FORMATS[number];
  readonly half: Half;
  /** What stays instead of the policies. */
  readonly anchor: boolean;
}

const OPTIONS = {
  parameters: { type: "string", short: "p" },
  mode: { type: "string" },
  output: { type: "string", short: "o" },
  half: { type: "string" },
  anchor: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** Flags of each task. */
const FLAGS = {
  explain: ["parameters", "mode", "output", "half"],
  render: ["half", "anchor"],
  parameters: [],
} as const satisfies Record<typeof TASKS[number], readonly string[]>;

/** @throws {UsageError} */
export async function parsePolicyArgs(
  args: readonly string[],
): Promise<PolicyOptions> {
  const { values, positionals } = await parseWords(args);
  const [word, file = "-", superfluous] = positionals;
  const { parameters, mode, output, half, anchor = false, help } = values;
  const options = {
    file,
    parameters,
    mode: choose("mode", mode, LEVELS),
    format: choose("output", output, FORMATS) ?? "text",
    half: choose("half", half, HALVES) ?? "both",
    anchor,
  };
  if (help || word === undefined && Object.keys(values).length === 0) {
    return { ...options, task: "help" };
  }
  const task = TASKS.find((one) => one === word);
  if (task === undefined) throw new UsageError(explainTask(word));
  const extra = task === "explain" ? superfluous : positionals[1];
  if (extra !== undefined) {
    throw new UsageError(
      `policy ${task} does not accept "${extra}": see policy --help`,
    );
  }
  refuseForeign(task, values);
  if (task === "explain" && half === "mutating") {
    throw new UsageError(
      "policy explain has no --half=mutating: use validating, or both",
    );
  }
  return { ...options, task };
}

function explainTask(word: string | undefined): string {
  const remedy = `use ${TASKS.join(", ")}, or see policy --help`;
  if (word === undefined) return `policy needs a task: ${remedy}`;
  const meant = findNearest(word, TASKS, /^/);
  return meant === undefined
    ? `policy has no task "${word}": ${remedy}`
    : `policy has no task "${word}": did you mean ${meant}?`;
}

function refuseForeign(
  task: keyof typeof FLAGS,
  values: Readonly<Record<string, unknown>>,
): void {
  const allowed: readonly string[] = FLAGS[task];
  const foreign = Object.keys(values).find((name) => !allowed.includes(name));
  if (foreign === undefined) return;
  throw new UsageError(`policy ${task} has no --${foreign}: see policy --help`);
}

async function parseWords(args: readonly string[]) {
  const { parseArgs } = await import("node:util");
  try {
    return parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(explain(messageOf(error)));
  }
}

/** @param message of parseArgs */
function explain(message: string): string {
  const [, flag] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
  const known = Object.keys(OPTIONS).map((name) => `--${name}`);
  const meant = flag && findNearest(flag, known, /^-+/);
  if (meant) return `unknown flag ${flag}: did you mean ${meant}?`;
  const [sentence] = message.split(/\.\s/);
  return `${sentence}; see policy --help`;
}

function choose<T extends string>(
  flag: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag} is "${text}": use ${choices.join(", ")}`);
}
