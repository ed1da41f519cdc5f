/**
 * Validation of values from outside with valibot: responses, kubeconfigs, pods.
 * A message names the field and what it must be. It never quotes the value,
 * which may be a token.
 */
import * as v from "valibot";

/** A value that does not match its schema. */
export class SchemaError extends Error {}

/** valibot's name of a type → the same in a sentence. */
const EXPECTED: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  Array: "a list",
};

/**
 * Validates and converts a value.
 *
 * @param place what the value is, for messages: `users[0].user`
 * @throws SchemaError
 */
export function parse<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  place = "",
): T {
  const result = v.safeParse(schema, value, {
    abortEarly: true,
    message: ({ expected, received }) =>
      received === "undefined"
        ? "is missing"
        : `must be ${EXPECTED[expected ?? ""] ?? expected}`,
  });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = (issue.path ?? []).reduce(joinKey, place);
  throw new SchemaError(`${field} ${issue.message}`.trim());
}

/** {@linkcode parse} for JSON text. @throws SchemaError */
export function parseJson<T>(
  schema: v.GenericSchema<unknown, T>,
  text: string,
): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SchemaError("not JSON");
  }
  return parse(schema, value);
}

function joinKey(place: string, { key }: { readonly key?: unknown }): string {
  if (typeof key === "number") return `${place}[${key}]`;
  return place === "" ? String(key) : `${place}.${key}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with at least these fields; others are dropped. Unlike valibot's, it refuses a list. */
export function object<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isObject, "must be an object"),
    v.object(entries),
  );
}

/** A string, null or nothing. */
export const text = v.nullish(v.string());

/** True or false; nothing is false. */
export const flag = v.nullish(v.boolean(), false);

/** A list; nothing is an empty one. */
export function list<T>(item: v.GenericSchema<unknown, T>) {
  return v.nullish(v.array(item), []);
}

/** A number within bounds, both included. */
export function numberIn(least: number, most: number) {
  return v.pipe(v.number(), v.minValue(least), v.maxValue(most));
}
