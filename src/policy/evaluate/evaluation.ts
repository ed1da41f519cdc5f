/**
 * Evaluates the expressions of the policies here, as the API server does:
 * variables when they are first needed, each once.
 */
import {
  celEnv,
  isCelError,
  isCelList,
  isCelMap,
  parse,
  plan,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { InternalError } from "@/base/errors.ts";
import type { Variable } from "../rules/cel.ts";

type Bindings = Readonly<Record<string, unknown>>;
type Program = (bindings: Bindings) => unknown;

const ENVIRONMENT = celEnv({ funcs: [...strings] });
const programs = new Map<string, Program>();

/** Variables of a policy over one request. */
export class Evaluation {
  readonly #bindings: Bindings;

  /** @param bindings `object`, `oldObject`, `params` and `request`, as plain JSON */
  constructor(variables: readonly Variable[], bindings: Bindings) {
    const all: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(bindings)) {
      all[name] = toCel(value);
    }
    for (const { name, expression } of variables) {
      let result: { value: unknown } | undefined;
      Object.defineProperty(all, `variables.${name}`, {
        enumerable: true,
        get: () => (result ??= { value: run(expression, all) }).value,
      });
    }
    this.#bindings = all;
  }

  /** The value of an expression, as plain JSON. @throws {InternalError} when it has none */
  value(expression: string): unknown {
    return fromCel(run(expression, this.#bindings));
  }

  /** A value that must be a list of texts. */
  texts(expression: string): string[] {
    const value = this.value(expression);
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) {
      return value;
    }
    throw new InternalError(`not a list of texts: ${expression.slice(0, 60)}`);
  }
}

function run(expression: string, bindings: Bindings): unknown {
  let program = programs.get(expression);
  if (program === undefined) {
    program = compile(expression);
    programs.set(expression, program);
  }
  const value = program(bindings);
  if (isCelError(value)) {
    // Its message has the whole expression.
    throw new InternalError("the rules cannot judge an object of this form", {
      cause: new Error(value.message),
    });
  }
  return value;
}

function compile(expression: string): Program {
  const parsed = parse(expression);
  replacePatches(parsed);
  return plan(ENVIRONMENT, parsed) as Program;
}

/** `JSONPatch{op: …}` is a type of the API server. Here it is a map. */
function replacePatches(node: unknown): void {
  if (typeof node !== "object" || node === null) return;
  if ("messageName" in node && node.messageName === "JSONPatch") {
    node.messageName = "";
    const { entries } = node as unknown as { entries: { keyKind: KeyKind }[] };
    for (const entry of entries) entry.keyKind = toMapKey(entry.keyKind);
  }
  for (const child of Object.values(node)) replacePatches(child);
}

interface KeyKind {
  case: string;
  value: unknown;
}

/** The key of a field as a constant. */
function toMapKey({ value }: KeyKind): KeyKind {
  const { expr } = parse(JSON.stringify(value));
  return { case: "mapKey", value: expr };
}

/** JSON has no integers; CEL has, and the API server's objects have nothing else. */
function toCel(value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value)) {
    return BigInt(value);
  }
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== "object" || value === null) return value;
  return mapValues(value, toCel);
}

function fromCel(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (isCelList(value)) return [...value].map(fromCel);
  if (isCelMap(value)) {
    return Object.fromEntries(
      [...value.entries()].map(([key, item]) => [String(key), fromCel(item)]),
    );
  }
  return value;
}

function mapValues(
  value: object,
  change: (item: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, change(item)]),
  );
}
