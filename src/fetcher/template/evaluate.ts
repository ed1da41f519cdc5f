/** Evaluates a parsed template. It can call the functions of a table and nothing else. */
import type { Expression } from "./expression.ts";
import { CHOICES } from "./functions/choices.ts";
import { Call, type TemplateFunction } from "./functions/call.ts";
import { ENCODINGS } from "./functions/encodings.ts";
import { TEXTS } from "./functions/texts.ts";
import type { Node } from "./parse.ts";
import {
  Budget,
  fieldOf,
  isTrue,
  TemplateError,
  textOf,
  toUnicode,
  type Value,
} from "./functions/value.ts";

/** All functions, except `and` and `or`. */
const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ...ENCODINGS,
  ...TEXTS,
  ...CHOICES,
]);

const namesOf = (rows: readonly (readonly [string, unknown])[]) =>
  rows.map(([name]) => name).sort();

/** Names of all functions, by what they are for. */
export const FUNCTION_NAMES: Readonly<Record<string, readonly string[]>> = {
  encodings: namesOf(ENCODINGS),
  texts: namesOf(TEXTS),
  values: namesOf([...CHOICES, ["and", undefined], ["or", undefined]]),
};

/** What a template made, as bytes, one character each. */
export interface Rendered {
  readonly text: string;
  /** What actions wrote; the rest is text of the template. */
  readonly written: readonly {
    readonly start: number;
    readonly length: number;
  }[];
}

/** @throws TemplateError for a function that does not exist, or a wrong number of arguments */
export function check(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.kind === "action") checkExpression(node.pipe);
    if (node.kind !== "if") continue;
    checkExpression(node.condition);
    check(node.then);
    check(node.otherwise);
  }
}

function checkExpression(expression: Expression): void {
  if (expression.kind === "field") checkExpression(expression.of);
  if (expression.kind !== "call") return;
  const { name, args } = expression;
  const { least, most } = FUNCTIONS.get(name) ??
    (name === "and" || name === "or"
      ? { least: 1, most: Infinity }
      : { least: 0, most: -1 });
  if (most < 0) {
    throw new TemplateError(
      `calls ${toUnicode(name)}, which is not a supported function`,
    );
  }
  if (args.length < least || args.length > most) {
    throw new TemplateError(
      `calls ${name} with ${args.length} arguments instead of ${
        most === Infinity ? `at least ${least}` : most
      }`,
    );
  }
  args.forEach(checkExpression);
}

/** @throws TemplateError */
export function render(nodes: readonly Node[], data: Value): Rendered {
  const budget = new Budget();
  const written: { start: number; length: number }[] = [];
  let text = "";
  const write = (list: readonly Node[]): void => {
    for (const node of list) {
      if (node.kind === "if") {
        const isThen = isTrue(evaluate(node.condition, data, budget));
        write(isThen ? node.then : node.otherwise);
        continue;
      }
      const piece = node.kind === "text"
        ? node.text
        : textOf(evaluate(node.pipe, data, budget));
      budget.make(text.length + piece.length);
      if (node.kind === "action" && piece !== "") {
        written.push({ start: text.length, length: piece.length });
      }
      text += piece;
    }
  };
  write(nodes);
  return { text, written };
}

function evaluate(expression: Expression, data: Value, budget: Budget): Value {
  switch (expression.kind) {
    case "dot":
      return data;
    case "nil":
      return undefined;
    case "literal":
      return expression.value;
    case "field":
      return fieldOf(evaluate(expression.of, data, budget), expression.name);
    case "call":
      return callFunction(expression.name, expression.args, data, budget);
  }
}

function callFunction(
  name: string,
  expressions: readonly Expression[],
  data: Value,
  budget: Budget,
): Value {
  if (name === "and" || name === "or") {
    return choose(name === "or", expressions, data, budget);
  }
  const args = expressions.map((one) => evaluate(one, data, budget));
  budget.read(args);
  const made = FUNCTIONS.get(name)?.run(new Call(args, budget));
  if (typeof made === "string") budget.make(made.length);
  return made;
}

/** The first value that decides, else the last, without evaluating the others. */
function choose(
  decides: boolean,
  expressions: readonly Expression[],
  data: Value,
  budget: Budget,
): Value {
  let value: Value;
  for (const one of expressions) {
    value = evaluate(one, data, budget);
    if (isTrue(value) === decides) return value;
  }
  return value;
}
