/** Finds where references end, past the braces and # of templates and JSON in them. */
import { ACTION, MAX_TEMPLATE } from "@/protocol/fetcher/plan.ts";

const ACTION_HERE = new RegExp(ACTION.source, "y");

/** The index behind the action that starts here; -1 when it has no end. */
function skipAction(text: string, at: number): number {
  ACTION_HERE.lastIndex = 0;
  const [found] = ACTION_HERE.exec(text.slice(at, at + MAX_TEMPLATE)) ?? [];
  return found === undefined ? -1 : at + found.length;
}

/** The index behind the JSON object that starts here; -1 when it has no end. */
function skipObject(text: string, at: number): number {
  let depth = 0;
  let isQuoted = false;
  for (let i = at; i < text.length; i++) {
    const sign = text[i];
    if (sign === "\\") i++;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (sign === "{" && !isQuoted) depth++;
    else if (sign === "}" && !isQuoted && --depth === 0) return i + 1;
  }
  return -1;
}

/**
 * The index of the `}` that ends a reference inside a text; -1 when there is none.
 *
 * @param at where the path starts
 * @param isWrite whether a JSON object may follow a #
 */
export function findEnd(text: string, at: number, isWrite: boolean): number {
  let i = at;
  while (i < text.length && text[i] !== "}") {
    const isObject = isWrite && text[i] === "{" && text[i - 1] === "#";
    const end = text.startsWith("${", i)
      ? skipAction(text, i)
      : isObject
      ? skipObject(text, i)
      : i + 1;
    if (end < 0) break;
    i = end;
  }
  // Without an end of its own the first brace ends it, and the parser names the fault.
  return text[i] === "}" ? i : text.indexOf("}", at);
}

/** The pieces between the first # and the others, but not those in a template; at most three. */
export function splitAtHashes(text: string): string[] {
  const pieces: string[] = [];
  let [start, i] = [0, 0];
  // After one action without an end the others are not tried: that would take long.
  let hasActions = true;
  while (i < text.length && pieces.length < 2) {
    if (text[i] === "#") {
      pieces.push(text.slice(start, i));
      start = i + 1;
    }
    const isAction: boolean = hasActions && text.startsWith("${", i);
    const end: number = isAction ? skipAction(text, i) : i + 1;
    hasActions &&= end > 0;
    i = end > 0 ? end : i + 1;
  }
  return [...pieces, text.slice(start)];
}
