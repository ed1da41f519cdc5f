/** Functions of templates that encode and decode: base64, URL, HTML, JSON. */
import {
  type Budget,
  fromJsonValue,
  JsonNumber,
  TemplateError,
  textOf,
  toBytes,
  toFloat,
  toUnicode,
  type Value,
} from "./value.ts";
import { type Call, takes, type TemplateFunction } from "./call.ts";

/** By name. */
export const ENCODINGS: readonly [string, TemplateFunction][] = [
  ...takes(1, 1, {
    b64enc: (call) => btoa(call.text(0)),
    b64dec: (call) => decodeBase64(call.text(0)),
    toJson: (call) => writeJson(call, { html: true, indent: "" }),
    toRawJson: (call) => writeJson(call, { html: false, indent: "" }),
    toPrettyJson: (call) => writeJson(call, { html: true, indent: "  " }),
    fromJson: (call) => readJson(call.text(0)),
  }),
  ...takes(1, Infinity, {
    urlquery: (call) =>
      joined(call).replace(/[^A-Za-z0-9_.~ -]/g, percent).replaceAll(" ", "+"),
    html: (call) =>
      joined(call).replace(/["'&<>\0]/g, (sign) => HTML.get(sign) ?? ""),
  }),
];

const HTML: ReadonlyMap<string, string> = new Map([
  ['"', "&#34;"],
  ["'", "&#39;"],
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ["\0", toBytes("\ufffd")],
]);

function percent(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** As Go's Sprint: blanks only between two values that are not texts. */
export function joined({ args }: Call): string {
  const isText = (value: Value) =>
    typeof value === "string" || value instanceof JsonNumber;
  return args.map((value, i) =>
    i > 0 && !isText(value) && !isText(args[i - 1])
      ? ` ${textOf(value)}`
      : textOf(value)
  ).join("");
}

/** Standard base64 with its padding; line ends between are ignored. */
function decodeBase64(text: string): string {
  const bare = text.replace(/[\r\n]/g, "");
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(bare) && bare.length % 4 === 0) {
    return atob(bare);
  }
  throw new TemplateError("gives b64dec something that is not base64");
}

function readJson(text: string): Value {
  const json = JSON as unknown as { rawJSON(text: string): unknown };
  const keepText = (_: string, value: unknown, at?: { source?: string }) =>
    typeof value === "number" && at?.source !== undefined
      ? json.rawJSON(at.source)
      : value;
  try {
    return fromJsonValue(JSON.parse(toUnicode(text), keepText), toFloat);
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    throw new TemplateError("gives fromJson something that is not JSON");
  }
}

interface JsonStyle {
  /** Whether to escape `<`, `>` and `&`. */
  readonly html: boolean;
  /** Empty: all in one line. */
  readonly indent: string;
}

function writeJson({ args: [value], budget }: Call, style: JsonStyle): string {
  return new JsonWriter(style, budget).write(value, "\n");
}

/** JSON as Go writes it: keys sorted, and two more characters escaped than JSON needs. */
class JsonWriter {
  constructor(readonly style: JsonStyle, readonly budget: Budget) {}

  /** @param end the line end before the closing bracket */
  write(value: Value, end: string): string {
    this.budget.work(1);
    if (typeof value === "string") return this.#quote(value);
    if (value === undefined) return "null";
    const { indent } = this.style;
    const inner = end + indent;
    if (Array.isArray(value)) {
      const items = value.map((item) => this.write(item, inner));
      return this.#bracket("[", items, "]", end);
    }
    if (value instanceof Map) {
      const colon = indent === "" ? ":" : ": ";
      const items = [...value].sort(([a], [b]) => a < b ? -1 : 1).map((
        [key, item],
      ) => this.#quote(key) + colon + this.write(item, inner));
      return this.#bracket("{", items, "}", end);
    }
    return textOf(value);
  }

  #quote(text: string): string {
    this.budget.work(text.length);
    return quoteJson(text, this.style.html);
  }

  #bracket(
    open: string,
    items: readonly string[],
    close: string,
    end: string,
  ): string {
    const { indent } = this.style;
    if (items.length === 0 || indent === "") {
      return open + items.join(",") + close;
    }
    this.budget.work((items.length + 1) * end.length);
    return open + items.map((item) => end + indent + item).join(",") + end +
      close;
  }
}

function quoteJson(bytes: string, html: boolean): string {
  const text = JSON.stringify(toUnicode(bytes)).replace(
    /[\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16)}`,
  );
  const safe = html
    ? text.replace(
      /[<>&]/g,
      (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
    )
    : text;
  return toBytes(safe);
}
