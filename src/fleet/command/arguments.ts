/** The command line of `status`. */
import type { ParseArgsConfig } from "node:util";
import { messageOf, UsageError } from "@/base/errors.ts";
import { findNearest } from "@/base/nearest_name.ts";
import { WHOLE_SCORE } from "@/score/checks.ts";

const FORMATS = ["text", "wide", "json", "html"] as const;
/** Output format. */
export type Format = typeof FORMATS[number];

/** A parsed command line. */
export interface StatusOptions {
  readonly pods: readonly string[];
  readonly namespace?: string;
  readonly allNamespaces: boolean;
  readonly format: Format;
  readonly watch: boolean;
  /** Undefined: each wrapper has its own minimum. */
  readonly minimum?: number;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly url?: string;
  readonly pid?: number;
  /** Judge pods by the policy instead of asking for scores. */
  readonly policy: boolean;
  readonly help: boolean;
}

const OPTIONS = {
  namespace: { type: "string", short: "n" },
  output: { type: "string", short: "o" },
  min: { type: "string" },
  context: { type: "string" },
  kubeconfig: { type: "string" },
  url: { type: "string" },
  pid: { type: "string" },
  "all-namespaces": { type: "boolean", short: "A" },
  watch: { type: "boolean", short: "w" },
  policy: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** Kubernetes names (RFC 1123): only these become part of a path. */
const NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** @throws UsageError */
export async function parseStatusArgs(
  args: readonly string[],
): Promise<StatusOptions> {
  const { values, positionals } = await parseWords(args);
  const { namespace, output = "text", min, pid, ...others } = values;
  for (const [name, value] of Object.entries(values)) {
    if (value === "") throw new UsageError(`--${name} needs a value`);
  }
  if (namespace !== undefined && !NAME.test(namespace)) {
    throw new UsageError(
      `--namespace is "${namespace}": use a Kubernetes name (lower-case letters, digits, -)`,
    );
  }
  const format = FORMATS.find((one) => one === output);
  if (!format) {
    throw new UsageError(`--output is "${output}": use ${FORMATS.join(", ")}`);
  }
  const { "all-namespaces": allNamespaces = false, ...texts } = others;
  const options: StatusOptions = {
    watch: false,
    policy: false,
    help: false,
    ...texts,
    pods: positionals.map(parsePod),
    allNamespaces,
    format,
    ...(namespace !== undefined && { namespace }),
    ...(min !== undefined && { minimum: parseCount("min", min, WHOLE_SCORE) }),
    ...(pid !== undefined && { pid: parseCount("pid", pid, 4_194_304, 1) }),
  };
  refuseContradictions(options);
  return options;
}

async function parseWords(args: readonly string[]) {
  // Only this program needs node:util, which takes some ms to load.
  const { parseArgs } = await import("node:util");
  try {
    return parseArgs({
      // kubectl accepts `-n=prod`; parseArgs knows `-nprod` only.
      args: args.map((word) => word.replace(/^(-[no])=/, "$1")),
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
  return `${sentence}; see status --help`;
}

function parsePod(word: string): string {
  const name = word.replace(/^pods?\//, "");
  if (NAME.test(name)) return name;
  throw new UsageError(`"${word}" is not the name of a pod; see status --help`);
}

function parseCount(
  flag: string,
  text: string,
  most: number,
  least = 0,
): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `--${flag} is "${text}": use a number from ${least} to ${most}`,
  );
}

function refuseContradictions(options: StatusOptions): void {
  const { pods, namespace, allNamespaces, url, pid, format, watch } = options;
  if (options.policy) return refuseWithPolicy(options);
  const isDirect = url !== undefined || pid !== undefined;
  const hasPlace = pods.length > 0 || namespace !== undefined;
  const complaint = url !== undefined && pid !== undefined
    ? "--url and --pid exclude each other: give one"
    : isDirect && (hasPlace || allNamespaces)
    ? "--url and --pid query one wrapper directly: omit pods, -n and -A"
    : allNamespaces && hasPlace
    ? "-A queries all pods of all namespaces: omit pods and -n"
    : watch && format === "html"
    ? "--watch supports text, wide and json only"
    : undefined;
  if (complaint) throw new UsageError(complaint);
}

/** `--policy` asks the API server only, once. */
function refuseWithPolicy(options: StatusOptions): void {
  const { pods, namespace, allNamespaces, url, pid, format } = options;
  const complaint = pods.length > 0
    ? "--policy judges all pods of a namespace: omit their names"
    : url !== undefined || pid !== undefined || options.minimum !== undefined
    ? "--policy asks no wrapper: omit --url, --pid and --min"
    : options.watch
    ? "--policy reports once: omit --watch"
    : format === "wide" || format === "html"
    ? "--policy supports text and json only"
    : allNamespaces && namespace !== undefined
    ? "-A means all namespaces with the label: omit -n"
    : undefined;
  if (complaint) throw new UsageError(complaint);
}
