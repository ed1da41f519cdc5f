/**
 * The value of a variable with references: one reference, `vault:v1:…` of transit,
 * or `${…}` of either inside a text. Pure, over Latin-1 text.
 */
import type { Delivery, Part } from "@/protocol/fetcher/plan.ts";
import { parseReference } from "./reference.ts";
import { findEnd } from "./scan.ts";

const WHOLE = /^(>>)?(?:vault|bao):/;
const INLINE = /\$\{(>>)?(?:vault|bao):/g;
const CIPHERTEXT = /^vault:v\d+:.+$/;
const DISGUISED = /^([\s"'`]*)(?:>>)?(?:vault|bao):(?:[^\s#]+#[^\s#]|v\d+:)/i;

/** A piece of a value; a reference without its `${` and `}`. */
interface Piece {
  readonly kind: "text" | "reference" | "unterminated";
  readonly text: string;
}

/** True when a reference inside a value has no end: it is not replaced. */
export function isUnterminated(value: string): boolean {
  return split(value).some(({ kind }) => kind === "unterminated");
}

/** True when a value contains a reference. */
export function isReference(value: string): boolean {
  return split(value).some(({ kind }) => kind === "reference");
}

/** What keeps a value from being the reference that it was meant to be; undefined: nothing. */
export function findDisguise(value: string): string | undefined {
  const before = DISGUISED.exec(value)?.[1];
  if (before === undefined || isReference(value)) return undefined;
  return before === ""
    ? "a reference with capital letters in its scheme"
    : "quotes or spaces before its reference";
}

/**
 * Reads the value of variable `name` as a delivery.
 *
 * @returns the delivery, or an error message
 */
export function parseDelivery(name: string, value: string): Delivery | string {
  const parts = split(value).map(({ kind, text }) =>
    kind === "reference" ? parsePart(text) : { text }
  );
  const wrong = parts.find((part) => typeof part === "string");
  if (wrong !== undefined) return `${name} is an invalid reference: ${wrong}`;
  return { name, parts: parts.filter((part) => typeof part !== "string") };
}

function split(value: string): Piece[] {
  if (WHOLE.test(value)) return [{ kind: "reference", text: value }];
  const pieces: Piece[] = [];
  let last = 0;
  for (const match of value.matchAll(INLINE)) {
    // Inside the reference before it.
    if (match.index < last) continue;
    const start = match.index + "${".length;
    const end = findEnd(value, start, match[1] !== undefined);
    pieces.push({ kind: "text", text: value.slice(last, match.index) });
    if (end < 0) {
      pieces.push({ kind: "unterminated", text: value.slice(match.index) });
      last = value.length;
      break;
    }
    pieces.push({ kind: "reference", text: value.slice(start, end) });
    last = end + 1;
  }
  pieces.push({ kind: "text", text: value.slice(last) });
  return pieces.filter(({ text }) => text !== "");
}

/** With its scheme; a string is an error message. */
function parsePart(text: string): Part | string {
  if (CIPHERTEXT.test(text)) return { ciphertext: text };
  const [scheme = "", write] = WHOLE.exec(text) ?? [];
  return parseReference(text.slice(scheme.length), write !== undefined);
}
