/** Functions of templates that choose, compare and format values. */
import {
  isTrue,
  JsonNumber,
  kindName,
  TemplateError,
  textOf,
  type Value,
} from "./value.ts";
import { type Call, takes, type TemplateFunction } from "./call.ts";
import { joined } from "./encodings.ts";
import { quoteGo } from "./letters.ts";

/** By name. `and` and `or` evaluate their arguments themselves: evaluate.ts. */
export const CHOICES: readonly [string, TemplateFunction][] = [
  ...takes(1, 1, {
    not: ({ args: [value] }) => !isTrue(value),
    empty: ({ args: [value] }) => !isTrue(value),
    len: ({ args: [value] }) => lengthOf(value),
    first: (call) => call.list(0)[0],
    last: (call) => call.list(0).at(-1),
  }),
  ...takes(1, Infinity, {
    index: ({ args: [value, ...keys] }) => keys.reduce(itemOf, value),
    printf: (call) => format(call),
  }),
  ...takes(1, 2, {
    default: ({ args: [fallback, given] }) => isTrue(given) ? given : fallback,
  }),
  ...takes(0, Infinity, {
    coalesce: ({ args }) => args.find(isTrue),
    list: ({ args }) => args,
    print: (call) => joined(call),
  }),
  ...takes(3, 3, {
    ternary: (call) => call.boolean(2) ? call.args[0] : call.args[1],
  }),
  ...takes(2, Infinity, {
    eq: ({ args: [one, ...others] }) =>
      others.some((other) => isEqual(one, other)),
  }),
  ...takes(2, 2, {
    ne: ({ args: [one, other] }) => !isEqual(one, other),
  }),
];

function lengthOf(value: Value): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new TemplateError(`asks for the length of ${kindName(value)}`);
}

function itemOf(value: Value, key: Value): Value {
  if (value instanceof Map && typeof key === "string") return value.get(key);
  if (Array.isArray(value) && typeof key === "number") {
    if (key >= 0 && key < value.length) return value[key];
    throw new TemplateError(
      "asks index for an item that the list does not have",
    );
  }
  throw new TemplateError(
    `asks index for an item of ${kindName(value)} by ${kindName(key)}`,
  );
}

function isEqual(one: Value, other: Value): boolean {
  if (one === undefined || other === undefined) return one === other;
  const [a, b] = [one, other].map((value) =>
    value instanceof JsonNumber ? value.text : value
  );
  if (typeof a === typeof b && typeof a !== "object") return a === b;
  throw new TemplateError(`compares ${kindName(one)} with ${kindName(other)}`);
}

const VERBS = /%(.?)/gs;

function format(call: Call): string {
  const rest = call.args.slice(1);
  const text = call.text(0).replace(VERBS, (_, verb: string) => {
    if (verb === "%") return "%";
    if (rest.length === 0) {
      throw new TemplateError("has printf with too few values");
    }
    return write(verb, rest.shift());
  });
  if (rest.length > 0) {
    throw new TemplateError("has printf with too many values");
  }
  return text;
}

function write(verb: string, value: Value): string {
  // A number of Vault is a text for Go, which knows no %d for it.
  const isText = typeof value === "string" || value instanceof JsonNumber;
  const fits = verb === "v" || verb === "s" && isText ||
    verb === "d" && typeof value === "number";
  if (fits) return textOf(value);
  if (verb === "q" && isText) return quoteGo(textOf(value));
  if (value === undefined) return textOf(value);
  throw new TemplateError(
    /^[vsqd]$/.test(verb)
      ? `has printf with %${verb} for ${kindName(value)}`
      : `has printf with %${verb}, which is not supported: use %s, %v, %q or %d`,
  );
}
