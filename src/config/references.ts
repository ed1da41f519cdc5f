/**
 * References to secrets: `vault:PATH#FIELD[#VERSION]` as a whole value, or
 * `${vault:PATH#FIELD}` inside one. Pure, over Latin-1 text (one character a byte).
 */
import type { Delivery, Part } from "@/protocol/fetcher/plan.ts";

const SCHEME = /^(?:vault|bao):/;
const INLINE = /\$\{(?:vault|bao):([^}]*)\}/g;

/** A path with an optional version: `secret/data/app`, `secret/data/app#3`. */
export interface SecretPath {
  readonly path: string;
  readonly version?: number;
}

/** True when a reference inside a value has no end: it is not replaced. */
export function isUnterminated(value: string): boolean {
  return /\$\{(?:vault|bao):/.test(value.replace(INLINE, ""));
}

/** True when a value contains a reference. */
export function isReference(value: string): boolean {
  return SCHEME.test(value) || value.search(INLINE) >= 0;
}

/**
 * Reads the value of variable `name` as a delivery.
 *
 * @returns the delivery, or an error message
 */
export function parseDelivery(name: string, value: string): Delivery | string {
  const parts = SCHEME.test(value)
    ? [parseReference(value.replace(SCHEME, ""))]
    : splitInline(value);
  const wrong = parts.find((p) => typeof p === "string");
  if (wrong !== undefined) return `${name} is an invalid reference: ${wrong}`;
  return { name, parts: parts.filter((p) => typeof p !== "string") };
}

/** Parses `PATH#FIELD[#VERSION]`; a string is an error message. */
export function parseReference(text: string): Part | string {
  const pieces = text.split("#");
  if (pieces.length < 2 || pieces.length > 3) {
    return "use vault:PATH#FIELD or vault:PATH#FIELD#VERSION";
  }
  const [path = "", field = "", version] = pieces.map(fromLatin1);
  if (path === "") return "the path before # is empty";
  if (field === "") return "the field after # is empty";
  if (version === undefined) return { path, field };
  return isVersion(version)
    ? { path, field, version: Number(version) }
    : "the version after the second # must be a positive integer";
}

/** Parses `PATH[#VERSION]`; a string is an error message. */
export function parsePath(text: string): SecretPath | string {
  const [path = "", version, more] = text.split("#");
  if (path === "") return "a path is empty";
  if (version === undefined) return { path };
  return isVersion(version) && more === undefined
    ? { path, version: Number(version) }
    : "the version after # must be a positive integer";
}

function splitInline(value: string): (Part | string)[] {
  const parts: (Part | string)[] = [];
  let last = 0;
  for (const match of value.matchAll(INLINE)) {
    if (match.index > last) {
      parts.push({ text: value.slice(last, match.index) });
    }
    parts.push(parseReference(match[1] ?? ""));
    last = match.index + match[0].length;
  }
  if (last < value.length) parts.push({ text: value.slice(last) });
  return parts;
}

function isVersion(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text);
}

/** Paths and fields are UTF-8 names in Vault; literals stay bytes. */
function fromLatin1(latin1: string): string {
  return new TextDecoder().decode(
    Uint8Array.from(latin1, (c) => c.charCodeAt(0)),
  );
}
