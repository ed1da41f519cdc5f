/** Functions of templates that change texts. Lengths and positions count bytes, as in Go. */
import {
  quoteGo,
  titleOf,
  toLower,
  toUpper,
  trimSet,
  trimSpace,
} from "./letters.ts";
import { TemplateError, textOf, type Value } from "./value.ts";
import { type Call, takes, type TemplateFunction } from "./call.ts";

/** By name. */
export const TEXTS: readonly [string, TemplateFunction][] = [
  ...takes(1, 1, {
    upper: (call) => toUpper(call.text(0)),
    lower: (call) => toLower(call.text(0)),
    title: (call) => titleOf(call.text(0)),
    trim: (call) => trimSpace(call.text(0)),
    toString: (call: Call) => textOf(call.args[0]),
  }),
  ...takes(2, 2, {
    trimAll: (call) => trimSet(call.text(1), call.text(0)),
    trimall: (call) => trimSet(call.text(1), call.text(0)),
    trimPrefix: (call) => {
      const [prefix, text] = [call.text(0), call.text(1)];
      return text.startsWith(prefix) ? text.slice(prefix.length) : text;
    },
    trimSuffix: (call) => {
      const [suffix, text] = [call.text(0), call.text(1)];
      return text.endsWith(suffix)
        ? text.slice(0, text.length - suffix.length)
        : text;
    },
    contains: (call) => call.text(1).includes(call.text(0)),
    hasPrefix: (call) => call.text(1).startsWith(call.text(0)),
    hasSuffix: (call) => call.text(1).endsWith(call.text(0)),
    trunc: (call) => truncate(call.integer(0), call.text(1)),
    repeat: (call) => repeat(call),
    indent: (call) => indent(call),
    nindent: (call) => `\n${indent(call)}`,
    join: (call) => join(call),
    splitList: (call) => call.text(1).split(needText(call.text(0))),
  }),
  ...takes(3, 3, {
    replace: (call) => replaceAll(call),
    substr: (call) => substring(call),
  }),
  ...takes(0, Infinity, {
    quote: ({ args }) => {
      const given = args.filter((value) => value !== undefined);
      return given.map((value) => quoteGo(textOf(value))).join(" ");
    },
    squote: ({ args }) => {
      const given = args.filter((value) => value !== undefined);
      return given.map((value) => `'${textOf(value)}'`).join(" ");
    },
    cat: ({ args }) =>
      args.filter((value) => value !== undefined).map(textOf).join(" "),
  }),
];

function truncate(length: number, text: string): string {
  if (length >= 0) return text.slice(0, length);
  return text.length + length > 0 ? text.slice(length) : text;
}

function substring(call: Call): Value {
  const [start, end, text] = [call.integer(0), call.integer(1), call.text(2)];
  const from = Math.max(start, 0);
  const to = start >= 0 && (end < 0 || end > text.length) ? text.length : end;
  if (from <= to && to <= text.length) return text.slice(from, to);
  throw new TemplateError("asks substr for a part that the text does not have");
}

function repeat(call: Call): Value {
  const [count, text] = [call.integer(0), call.text(1)];
  if (count < 0) throw new TemplateError("repeats a text less than 0 times");
  call.budget.make(count * text.length);
  return text.repeat(count);
}

function indent(call: Call): string {
  const [width, text] = [call.integer(0), call.text(1)];
  if (width < 0) throw new TemplateError("indents by less than 0");
  const lines = text.split("\n");
  call.budget.make(text.length + lines.length * width);
  const pad = " ".repeat(width);
  return lines.map((line) => pad + line).join("\n");
}

function join(call: Call): Value {
  const [separator, given] = [call.text(0), call.args[1]];
  const list = Array.isArray(given) ? given : [given];
  const items = list.filter((item) => item !== undefined).map(textOf);
  const length = items.reduce((sum, item) => sum + item.length, 0);
  call.budget.make(length + items.length * separator.length);
  return items.join(separator);
}

function replaceAll(call: Call): Value {
  const [old, fresh, text] = [call.text(0), call.text(1), call.text(2)];
  const pieces = text.split(needText(old));
  call.budget.make(text.length + pieces.length * fresh.length);
  return pieces.join(fresh);
}

function needText(text: string): string {
  if (text !== "") return text;
  throw new TemplateError("looks for an empty text");
}
