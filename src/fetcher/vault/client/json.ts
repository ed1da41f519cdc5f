/**
 * Vault's JSON with numbers kept as they were written: JSON.parse alone would
 * turn 12345678901234567890 and 1.0 into other texts. Knows no secrets' rules.
 */

/** An object of which nothing else is known. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for objects that are no arrays. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member of an object, whatever its prototype holds. */
export function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Parses an object; undefined for anything else, truncated texts included. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface SourceContext {
  readonly source?: string;
}

interface RawJson {
  rawJSON(text: string): unknown;
}

/**
 * Parses like JSON.parse, but numbers become objects that JSON.stringify
 * writes as they stood in the text. Slower: only for answers that hold numbers
 * that are wanted.
 *
 * @throws RangeError when the text is nested too deeply
 */
export function parseExact(text: string): unknown {
  const raw = JSON as unknown as RawJson;
  const keepSource = (_: string, value: unknown, context?: SourceContext) =>
    typeof value === "number" && context?.source !== undefined
      ? raw.rawJSON(context.source)
      : value;
  return JSON.parse(text, keepSource);
}
