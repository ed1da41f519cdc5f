/** Parses what stands in one action: functions, fields, constants and pipelines. */
import type { Token } from "./tokens.ts";
import { TemplateError } from "./functions/value.ts";

/** An expression. */
export type Expression =
  | { readonly kind: "dot" }
  | {
    readonly kind: "field";
    readonly of: Expression;
    readonly name: string;
  }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "nil" }
  | {
    readonly kind: "call";
    readonly name: string;
    readonly args: readonly Expression[];
  };

/** Parentheses, and fields of fields. */
const MAX_DEPTH = 32;
/** Words that call no function. */
const CONSTANTS = ["true", "false", "nil"];

/** @throws TemplateError */
export function parsePipe(tokens: Token[]): Expression {
  const rest = [...tokens];
  const pipe = readPipe(rest, 0);
  if (rest.length > 0) throw new TemplateError("has a ) without its (");
  return pipe;
}

/** `command | command`: the value before each bar is the last argument behind it. */
function readPipe(rest: Token[], depth: number): Expression {
  if (depth > MAX_DEPTH) throw new TemplateError("is nested too deeply");
  let value: Expression | undefined;
  let length = 0;
  do {
    if (length++ > MAX_DEPTH) {
      throw new TemplateError("has too long a pipeline");
    }
    value = readCommand(rest, value, depth);
  } while (takeBar(rest));
  return value;
}

function takeBar(rest: Token[]): boolean {
  if (rest[0]?.kind !== "|") return false;
  rest.shift();
  return true;
}

function readCommand(
  rest: Token[],
  piped: Expression | undefined,
  depth: number,
): Expression {
  const [first] = rest;
  const args: Expression[] = [];
  const isCall = first?.kind === "name" &&
    !CONSTANTS.includes(first.name);
  if (isCall) rest.shift();
  while (rest.length > 0 && rest[0]?.kind !== "|" && rest[0]?.kind !== ")") {
    args.push(readOperand(rest, depth));
  }
  if (piped !== undefined) args.push(piped);
  if (isCall) return { kind: "call", name: first.name, args };
  const [only, ...more] = args;
  if (only === undefined) throw new TemplateError("has an empty action");
  if (more.length > 0) {
    throw new TemplateError(
      "gives arguments to something that is not a function",
    );
  }
  if (only.kind === "nil") throw new TemplateError("has nil as a command");
  return only;
}

function readOperand(rest: Token[], depth: number): Expression {
  const token = rest.shift();
  let value = token === undefined ? undefined : toOperand(token, rest, depth);
  if (value === undefined) throw new TemplateError("has an empty action");
  let fields = 0;
  for (;;) {
    const next = rest[0];
    if (next?.kind !== "field" || next.isNew) return value;
    if (next.name === "" || fields++ > MAX_DEPTH) {
      throw new TemplateError("has a wrong chain of fields");
    }
    rest.shift();
    value = { kind: "field", of: value, name: next.name };
  }
}

function toOperand(
  token: Token,
  rest: Token[],
  depth: number,
): Expression | undefined {
  switch (token.kind) {
    case "field":
      return token.name === ""
        ? { kind: "dot" }
        : { kind: "field", of: { kind: "dot" }, name: token.name };
    case "text":
      return { kind: "literal", value: token.text };
    case "number":
      return { kind: "literal", value: token.number };
    case "name":
      if (token.name === "nil") return { kind: "nil" };
      return /^(?:true|false)$/.test(token.name)
        ? { kind: "literal", value: token.name === "true" }
        : { kind: "call", name: token.name, args: [] };
    case "(": {
      const inner = readPipe(rest, depth + 1);
      if (rest.shift()?.kind === ")") return inner;
      throw new TemplateError("has a ( without its )");
    }
    default:
      return undefined;
  }
}
