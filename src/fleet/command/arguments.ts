/** The words behind `status`, understood. Pure. */
import { UsageError } from "@/base/errors.ts";
import { WHOLE_SCORE } from "@/score/checks.ts";

/** Forms of output. */
const FORMATS = ["text", "wide", "json", "html"] as const;
/** How the answer is written. */
export type Format = typeof FORMATS[number];

/** What is asked for. */
export interface StatusOptions {
  readonly pods: readonly string[];
  readonly namespace?: string;
  readonly allNamespaces: boolean;
  readonly format: Format;
  readonly watch: boolean;
  /** Undefined: every wrapper's own. */
  readonly minimum?: number;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly url?: string;
  readonly pid?: number;
  readonly help: boolean;
}

/** Flag → its one name. */
const WITH_VALUE: ReadonlyMap<string, string> = new Map([
  ["-n", "namespace"],
  ["--namespace", "namespace"],
  ["-o", "output"],
  ["--output", "output"],
  ["--min", "min"],
  ["--context", "context"],
  ["--kubeconfig", "kubeconfig"],
  ["--url", "url"],
  ["--pid", "pid"],
]);
const SWITCHES: ReadonlyMap<string, string> = new Map([
  ["-A", "all-namespaces"],
  ["--all-namespaces", "all-namespaces"],
  ["-w", "watch"],
  ["--watch", "watch"],
  ["-h", "help"],
  ["--help", "help"],
]);

/** RFC 1123: what Kubernetes calls a name. Nothing else gets into a path. */
const NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

interface Given {
  readonly values: Map<string, string>;
  readonly switches: Set<string>;
  readonly words: string[];
}

/** @throws UsageError */
export function parseStatusArgs(args: readonly string[]): StatusOptions {
  const { values, switches, words } = sortArguments(args);
  const options: StatusOptions = {
    pods: words.map(parsePod),
    allNamespaces: switches.has("all-namespaces"),
    format: parseFormat(values.get("output") ?? "text"),
    watch: switches.has("watch"),
    help: switches.has("help"),
    ...pick(values, "namespace"),
    ...pick(values, "context"),
    ...pick(values, "kubeconfig"),
    ...pick(values, "url"),
    ...parseCount(values, "min", "minimum", [0, WHOLE_SCORE]),
    ...parseCount(values, "pid", "pid", [1, 4_194_304]),
  };
  refuseContradictions(options);
  return options;
}

function sortArguments(args: readonly string[]): Given {
  const given: Given = {
    values: new Map(),
    switches: new Set(),
    words: [],
  };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") {
      given.words.push(...args.slice(at + 1));
      break;
    }
    if (!word.startsWith("-")) given.words.push(word);
    else at += takeFlag(given, word, args[at + 1]);
  }
  return given;
}

/** @returns how many words the flag's value took: 0 or 1 */
function takeFlag(
  { values, switches }: Given,
  word: string,
  next: string | undefined,
): number {
  const switched = SWITCHES.get(word);
  if (switched) {
    switches.add(switched);
    return 0;
  }
  const { flag, attached } = splitFlag(word);
  if (SWITCHES.has(flag)) throw new UsageError(`${flag} takes no value`);
  const name = WITH_VALUE.get(flag);
  if (!name) {
    throw new UsageError(`${flag} is no flag of status: see status --help`);
  }
  const value = attached ?? next;
  if (value === undefined || value === "") {
    throw new UsageError(`${flag} needs a value`);
  }
  values.set(name, value);
  return attached === undefined ? 1 : 0;
}

/** `--min=55`, `-n=prod`, `-nprod`. */
function splitFlag(word: string): { flag: string; attached?: string } {
  const [, flag = word, attached] = /^(--[^=]*|-[^-])=?(.+)?$/s.exec(word) ??
    [];
  return attached === undefined ? { flag } : { flag, attached };
}

function pick<N extends "namespace" | "context" | "kubeconfig" | "url">(
  values: ReadonlyMap<string, string>,
  name: N,
): { readonly [K in N]?: string } {
  const value = values.get(name);
  if (value === undefined) return {};
  if (name === "namespace" && !NAME.test(value)) {
    throw new UsageError("--namespace is no name of a namespace");
  }
  return { [name]: value } as { [K in N]: string };
}

function parsePod(word: string): string {
  const name = word.replace(/^pods?\//, "");
  if (NAME.test(name)) return name;
  throw new UsageError(`"${word}" is no name of a pod: see status --help`);
}

function parseFormat(text: string): Format {
  const format = FORMATS.find((one) => one === text);
  if (format) return format;
  throw new UsageError(`--output is "${text}": give ${FORMATS.join(", ")}`);
}

function parseCount<N extends "minimum" | "pid">(
  values: ReadonlyMap<string, string>,
  flag: string,
  name: N,
  [least, most]: readonly [number, number],
): { readonly [K in N]?: number } {
  const text = values.get(flag);
  if (text === undefined) return {};
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) {
    return { [name]: number } as { [K in N]: number };
  }
  throw new UsageError(`--${flag} is "${text}": give ${least} to ${most}`);
}

function refuseContradictions(options: StatusOptions): void {
  const { pods, namespace, allNamespaces, url, pid, format, watch } = options;
  const isDirect = url !== undefined || pid !== undefined;
  const complaint = url !== undefined && pid !== undefined
    ? "--url and --pid name two different wrappers: give one"
    : isDirect && (pods.length > 0 || allNamespaces || namespace !== undefined)
    ? "--url and --pid ask one wrapper directly: no pods, no -n, no -A"
    : allNamespaces && (pods.length > 0 || namespace !== undefined)
    ? "-A asks all pods of all namespaces: no pods, no -n"
    : watch && format === "html"
    ? "--watch goes with text, wide and json"
    : undefined;
  if (complaint) throw new UsageError(complaint);
}
