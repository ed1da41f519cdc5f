/**
 * One reference: `PATH#FIELD[#VERSION]`, or `PATH#FIELD[#JSON]` behind `>>`. FIELD
 * may be a template. Pure, over Latin-1 text (one character a byte).
 */
import type { Bulk, FieldPart, TemplatePart } from "@/protocol/fetcher/plan.ts";
import { splitAtHashes } from "./scan.ts";

const USE = "use vault:PATH#FIELD or vault:PATH#FIELD#VERSION";
const USE_WRITE =
  ">>vault: needs >>vault:PATH#FIELD or >>vault:PATH#FIELD#JSON";

/**
 * Parses a reference without its scheme; a string is an error message.
 *
 * @param isWrite whether `>>` stands before the scheme
 */
export function parseReference(
  text: string,
  isWrite = false,
): FieldPart | TemplatePart | string {
  const [path = "", key, last] = splitAtHashes(text);
  if (key === undefined) return isWrite ? USE_WRITE : USE;
  if (path === "") return "the path before # is empty";
  if (key === "") return "the field after # is empty";
  const request = isWrite ? parseData(last) : parseVersion(last);
  if (typeof request === "string") return request;
  const asked = { path: fromLatin1(path), ...request };
  if (!key.includes("${")) return { ...asked, field: fromLatin1(key) };
  return key.includes("}", key.indexOf("${"))
    ? { ...asked, template: key }
    : "the template after # has ${ without its }";
}

/** Parses `PATH[#VERSION]`; a string is an error message. */
export function parsePath(text: string): Bulk | string {
  const [path = "", version, more] = text.split("#");
  if (path === "") return "a path is empty";
  const request = parseVersion(version);
  return typeof request === "string" || more !== undefined
    ? "the version after # must be an integer"
    : { path, ...request };
}

/** Empty, 0 and negative versions are the newest one, for Vault too. */
function parseVersion(
  text: string | undefined,
): { readonly version?: number } | string {
  if (text === undefined || /^(?:|-?0{1,9}|-\d{1,9})$/.test(text)) return {};
  return /^\d{1,9}$/.test(text)
    ? { version: Number(text) }
    : "the version after the second # must be an integer";
}

function parseData(
  text: string | undefined,
): { readonly write: string } | string {
  const write = fromLatin1(text ?? "{}");
  return isObject(write)
    ? { write }
    : 'the data after the second # of >>vault: must be a JSON object: {"name":"value"}';
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Paths and fields are UTF-8 names in Vault; literals stay bytes. */
function fromLatin1(latin1: string): string {
  return new TextDecoder().decode(
    Uint8Array.from(latin1, (c) => c.charCodeAt(0)),
  );
}
