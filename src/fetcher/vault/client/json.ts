/**
 * Parses Vault's JSON and keeps the text of numbers: JSON.parse alone would
 * change 12345678901234567890 and 1.0.
 */

/** Any JSON object. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for objects that are not arrays. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member of an object. */
export function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Parses an object; undefined for anything else, including truncated text. */
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
 * Like JSON.parse, but numbers become objects that JSON.stringify writes as in
 * the text. It is slower, so use it only for responses with numbers in use.
 *
 * @throws RangeError for text that is nested too deeply
 */
export function parseExact(text: string): unknown {
  const raw = JSON as unknown as RawJson;
  const keepSource = (_: string, value: unknown, context?: SourceContext) =>
    typeof value === "number" && context?.source !== undefined
      ? raw.rawJSON(context.source)
      : value;
  return JSON.parse(text, keepSource);
}
