/**
 * Values of templates. Texts are byte strings, one character a byte, as Go's
 * strings are: a secret may hold bytes that are not UTF-8.
 */

/** A template that cannot be evaluated. Its message quotes the template only, never a value. */
export class TemplateError extends Error {}

/** A number of Vault's answer, with its text: 12345678901234567890 stays as it is. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** A number of fromJson that Go would write in another form: 1000000 as 1e+06. */
class OddNumber {}

/**
 * undefined: nil, or a field that does not exist. A bigint is a number of
 * fromJson: a floating-point number for Go, and no argument of its integers.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | JsonNumber
  | OddNumber
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** Longest text that a function may make. */
const MAX_TEXT = 1 << 20;
/** Characters and items that one evaluation may handle. */
const MAX_WORK = 32 << 20;

/** Bounds the time and memory of one evaluation. */
export class Budget {
  #left = MAX_WORK;

  /** @throws TemplateError when an evaluation has handled too much */
  work(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw new TemplateError("takes too much work");
  }

  /** Call it before a text of this length is made. @throws TemplateError */
  make(length: number): void {
    if (length > MAX_TEXT) {
      throw new TemplateError(`makes a text of more than ${MAX_TEXT} bytes`);
    }
    this.work(length);
  }

  /** Counts the texts and items of a list, before they are handled. */
  read(value: Value): void {
    this.work(typeof value === "string" ? value.length : 1);
    if (!Array.isArray(value)) return;
    for (const item of value) this.read(item);
  }
}

/** A field of a map; undefined when there is none. */
export function fieldOf(value: Value, name: string): Value {
  if (value instanceof Map) return value.get(name);
  throw new TemplateError(
    `asks for .${name} of ${kindName(value)}, which has no fields`,
  );
}

/** As Go prints it. @throws TemplateError for what has no one text */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (/^(?:number|bigint|boolean)$/.test(typeof value)) return String(value);
  if (value instanceof JsonNumber) return value.text;
  throw new TemplateError(
    value === undefined
      ? "uses a field that does not exist: correct its name, or add default"
      : `writes ${kindName(value)} as text: ${
        value instanceof OddNumber
          ? "only integers below 1,000,000 work"
          : "add toJson"
      }`,
  );
}

/** False for nil, false, 0 and what is empty, as in Go's `if`. */
export function isTrue(value: Value): boolean {
  if (value instanceof Map) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}

/** For messages. */
export function kindName(value: Value): string {
  if (value === undefined) return "a field that does not exist";
  if (value instanceof Map) return "an object";
  if (Array.isArray(value)) return "a list";
  return value instanceof JsonNumber
    ? "a number"
    : `a ${typeof value === "string" ? "text" : typeof value}`;
}

/** UTF-8 bytes of a text, one character each. Lone surrogates become U+FFFD, as in Go. */
export function toBytes(text: string): string {
  return fromUint8Array(new TextEncoder().encode(text));
}

/** The text of UTF-8 bytes. @throws TemplateError for other bytes */
export function toUnicode(bytes: string): string {
  // deno-lint-ignore no-control-regex -- ASCII is the same in both
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(toUint8Array(bytes));
  } catch {
    throw new TemplateError("needs text, but these bytes are not UTF-8");
  }
}

function toUint8Array(bytes: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}

/** In pieces: a call has a limited number of arguments. */
function fromUint8Array(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/**
 * JSON.parse's result as a value.
 *
 * @param toNumber makes numbers, which are `JSON.rawJSON` objects
 */
export function fromJsonValue(
  json: unknown,
  toNumber: (text: string) => Value,
  depth = 0,
): Value {
  if (depth > 100) throw new TemplateError("meets data nested too deeply");
  if (typeof json === "string") return toBytes(json);
  if (typeof json === "boolean") return json;
  if (typeof json !== "object" || json === null) return undefined;
  if (isRawJson(json)) return toNumber(String(json.rawJSON));
  const next = (item: unknown) => fromJsonValue(item, toNumber, depth + 1);
  if (Array.isArray(json)) return json.map(next);
  const fields = Object.entries(json);
  return new Map(fields.map(([key, item]) => [toBytes(key), next(item)]));
}

/** A number of Vault. */
export function toJsonNumber(text: string): Value {
  return new JsonNumber(text);
}

/** A number of fromJson. Go reads it as a floating-point number. */
export function toFloat(text: string): Value {
  return /^-?(?:0|[1-9]\d{0,5})$/.test(text) && text !== "-0"
    ? BigInt(text)
    : new OddNumber();
}

function isRawJson(value: object): value is { readonly rawJSON: unknown } {
  return (JSON as unknown as { isRawJSON(value: object): boolean })
    .isRawJSON(value);
}
