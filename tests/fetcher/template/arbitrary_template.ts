/** Templates for property tests: mostly right ones, of functions, fields and actions. */
import fc from "fast-check";

/** A secret with a field of every kind; `gone` does not exist. */
export const FIELDS = {
  a: "plain text",
  user: "app-user",
  empty: "",
  spaced: " \t x y\n",
  unicode: "straße Ünïcödé €😀 ÇA",
  quotes: `"double" 'single' \\ <&>`,
  base64: "c2VjcmV0IPC/",
  list: "a,b,,c",
  port: 5432,
  big: 12345678901234567890n,
  fraction: 1.5,
  on: true,
  off: false,
  none: null,
  object: { b: "<2>", a: 1, "key-with-dash": ["x", 2, null, {}] },
  items: ["one", "two", 3],
  json: '{"k":"v","n":[1,-20,1.5,1000000]}',
} as const;

/** Its JSON, with every digit. */
export const FIELDS_JSON = JSON.stringify(
  FIELDS,
  (_, value) =>
    typeof value === "bigint"
      ? (JSON as unknown as { rawJSON(text: string): unknown })
        .rawJSON(String(value))
      : value,
);

const field = fc.constantFrom(...Object.keys(FIELDS), "gone")
  .map((name) => `.${name}`);
const LITERALS = ['"x"', "`raw`", '""', '" "', '","', '"a"', '"\\n\\u20ac"'];

/** Words of each kind that functions take. */
const WORDS = {
  text: fc.oneof(
    {
      arbitrary: fc.constantFrom(
        ..."a user empty spaced unicode quotes base64 list json".split(" "),
      ).map((name) => `.${name}`),
      weight: 3,
    },
    fc.constantFrom(...LITERALS),
    fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text)),
  ),
  integer: fc.integer({ min: -3, max: 12 }).map(String),
  boolean: fc.constantFrom(".on", ".off", "true", "false"),
  list: fc.constantFrom(".items", "(list .a .b)", '(splitList "," .list)'),
  any: fc.oneof(field, field, fc.constantFrom(...LITERALS, "3", "true")),
};
type Kind = keyof typeof WORDS;

/** Each function with what it takes; `...` repeats the kind before it. */
export const CALLS: readonly string[] =
  `upper text; lower text; title text; trim text; toString any;
  trimAll text text; trimPrefix text text; trimSuffix text text;
  contains text text; hasPrefix text text; hasSuffix text text;
  trunc integer text; repeat integer text; indent integer text;
  nindent integer text; join text list; join text any; splitList text text;
  replace text text text; substr integer integer text; quote any ...;
  squote any ...; cat any ...; b64enc text; b64dec text; toJson any;
  toRawJson any; toPrettyJson any; fromJson text; urlquery any ...;
  html any ...; not any; empty any; len any; first list; last list;
  index list integer; coalesce any ...; list any ...; print any ...;
  default any any; ternary any any boolean; eq any any; ne any any;
  eq text text; and any ...; or any ...`.split(/;\s+/);
const FORMATS = ["%s text", "%s:%s text any", "%v-%d any integer", "%q text"];

const operands = (kinds: readonly string[]): fc.Arbitrary<string[]> =>
  fc.tuple(...kinds.map((kind) => WORDS[kind as Kind] ?? fc.constant("")))
    .map((words) => words.filter((word) => word !== ""));

const call = fc.oneof(
  {
    arbitrary: fc.constantFrom(...CALLS).chain((row) => {
      const [name = "", ...kinds] = row.split(" ");
      return operands(kinds).map((words) => [name, ...words]);
    }),
    weight: 9,
  },
  fc.constantFrom(...FORMATS).chain((row) => {
    const [format = "", ...kinds] = row.split(" ");
    return operands(kinds).map((words) => ["printf", `"${format}"`, ...words]);
  }),
  // Most of these are wrong.
  fc.tuple(
    fc.constantFrom(...CALLS.map((row) => row.split(" ")[0] ?? "")),
    fc.array(WORDS.any, { maxLength: 3 }),
  ).map(([name, words]) => [name, ...words]),
);

const UNARY = ["upper", "b64enc", "quote", "trim", "toJson", "urlquery", "len"];
const pipe = fc.tuple(
  fc.oneof(
    WORDS.any,
    call.map((words) => words.join(" ")),
    // The last argument before the bar.
    call.map((words) => [words.at(-1), words.slice(0, -1).join(" ")])
      .map(([last, rest]) => rest === "" ? last : `${last} | ${rest}`),
    // A call as an argument.
    fc.tuple(call, call).map(([outer, inner]) =>
      [...outer.slice(0, -1), `(${inner.join(" ")})`].join(" ")
    ),
  ),
  fc.array(fc.constantFrom(...UNARY), { maxLength: 2 }),
).map(([first, more]) => [first, ...more].join(" | "));

const text = fc.constantFrom("", "text", " \n", "x: ", "}", "$", "#{", "é");
const action = fc.oneof(
  { arbitrary: pipe.map((inner) => `\${${inner}}`), weight: 8 },
  { arbitrary: pipe.map((inner) => `\${- ${inner} -}`), weight: 1 },
  {
    arbitrary: fc.tuple(pipe, text, pipe).map(([condition, then, otherwise]) =>
      `\${if ${condition}}${then}\${else if ${otherwise}}B\${else}C\${end}`
    ),
    weight: 1,
  },
  { arbitrary: fc.constant("${/* a } comment */}"), weight: 1 },
);

/** A template as text. */
export const template = fc.array(fc.tuple(text, action, text), {
  minLength: 1,
  maxLength: 3,
}).map((pieces) => pieces.flat().join(""));

/** The UTF-8 bytes of a text, one character each. */
export function toLatin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
