/** Splits one action of a template, the text between `${` and `}`, into words. */
import { TemplateError, toBytes } from "./functions/value.ts";

/** A word of an action. */
export type Token =
  /** `.name`; the bare dot has no name. `isNew`: white space stands before it. */
  | { readonly kind: "field"; readonly name: string; readonly isNew: boolean }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "|" | "(" | ")" };

const NAME = "[A-Za-z_\\x80-\\xff][A-Za-z0-9_\\x80-\\xff]*";
const WORDS: readonly (readonly [RegExp, (found: string) => Token])[] = [
  [
    new RegExp(`^\\.(?:${NAME})?`),
    (found) => ({ kind: "field", name: found.slice(1), isNew: true }),
  ],
  // Without range and with, the root `$` is the dot.
  [/^\$(?![\w\x80-\xff])/, () => ({ kind: "field", name: "", isNew: true })],
  [new RegExp(`^${NAME}`), (name) => ({ kind: "name", name })],
  [/^[+-]?\d{1,9}(?![\w.])/, (found) => ({
    kind: "number",
    number: Number(found),
  })],
  [/^`[^`]*`/, (found) => ({
    kind: "text",
    // As Go: carriage returns are dropped.
    text: found.slice(1, -1).replaceAll("\r", ""),
  })],
  [/^"(?:[^"\\\n]|\\[^\n])*"/, (found) => ({
    kind: "text",
    text: unescape(found.slice(1, -1)),
  })],
  [/^[|()]/, (kind) => ({ kind: kind as "|" | "(" | ")" })],
];

/** What Go's templates have and these do not, for messages. */
const OTHER: readonly (readonly [RegExp, string])[] = [
  [/^\$/, "variables"],
  [/^:?=/, "assignments"],
  [/^[+-]?[\d.]/, "numbers other than integers of at most nine digits"],
  [/^'/, "character constants"],
  [/^["`]/, "texts without an end"],
];

/** @throws TemplateError */
export function tokenize(action: string): Token[] {
  const tokens: Token[] = [];
  let rest = action;
  for (;;) {
    const bare = rest.replace(/^[ \t\r\n]+/, "");
    const isNew = bare.length < rest.length || tokens.length === 0 ||
      tokens.at(-1)?.kind === "(" || tokens.at(-1)?.kind === "|";
    if (bare === "") return tokens;
    const [found, token] = nextWord(bare);
    tokens.push(token.kind === "field" ? { ...token, isNew } : token);
    rest = bare.slice(found.length);
  }
}

function nextWord(text: string): [string, Token] {
  for (const [pattern, make] of WORDS) {
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return [found, make(found)];
  }
  const [, other] = OTHER.find(([pattern]) => pattern.test(text)) ??
    [, "this character"];
  throw new TemplateError(
    `has ${JSON.stringify(text.slice(0, 20))}: ${other} are not supported`,
  );
}

const SIMPLE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
    "\\": "\\",
    '"': '"',
  }),
);
const ESCAPE =
  /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g;

/** Go's escapes of a text in double quotes. */
function unescape(text: string): string {
  return text.replace(ESCAPE, (all, simple, hex, octal, u4, u8) => {
    if (simple) return SIMPLE.get(simple) ?? "";
    if (hex) return String.fromCharCode(parseInt(hex, 16));
    if (octal) return String.fromCharCode(parseInt(octal, 8));
    const code = parseInt(u4 ?? u8 ?? "", 16);
    const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
    if (isCharacter) return toBytes(String.fromCodePoint(code));
    throw new TemplateError(`has the unknown escape ${JSON.stringify(all)}`);
  });
}
