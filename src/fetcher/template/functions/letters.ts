/** Functions of templates that look at letters and not at bytes, with Go's rules. */
import { TemplateError, toBytes, toUnicode } from "./value.ts";

/** What Go's unicode.IsSpace accepts. */
const SPACE =
  /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
/** Letters whose one-letter mapping JavaScript does not know. */
const HARD =
  /[\u0130\u01c4-\u01cc\u01f1-\u01f3\u10d0-\u10ff\u1c90-\u1cbf\u1f80-\u1faf\u1fb3\u1fbc\u1fc3\u1fcc\u1ff3\u1ffc]/;

function unicode(bytes: string, change: (text: string) => string): string {
  return toBytes(change(toUnicode(bytes)));
}

export function toUpper(bytes: string): string {
  return mapLetters(bytes, upperLetter);
}

export function toLower(bytes: string): string {
  return mapLetters(bytes, lowerLetter);
}

function mapLetters(
  bytes: string,
  change: (letter: string) => string,
): string {
  return unicode(bytes, (text) => {
    if (!HARD.test(text)) return [...text].map(change).join("");
    throw new TemplateError(
      "changes the case of a letter that has no simple other case",
    );
  });
}

/** One letter becomes one letter, as in Go: ß stays. */
function upperLetter(letter: string): string {
  const upper = letter.toUpperCase();
  return [...upper].length === 1 ? upper : letter;
}

function lowerLetter(letter: string): string {
  const lower = letter.toLowerCase();
  return [...lower].length === 1 ? lower : letter;
}

/** Go's strings.Title: the first letter behind whatever ends a word. */
export function titleOf(bytes: string): string {
  let isStart = true;
  return mapLetters(bytes, (letter) => {
    const changed = isStart ? upperLetter(letter) : letter;
    isStart = letter < "\x80" ? !/\w/.test(letter) : SPACE.test(letter);
    return changed;
  });
}

export function trimSet(bytes: string, set: string): string {
  const signs = new Set(toUnicode(set));
  return trimWhere(bytes, (letter) => signs.has(letter));
}

/** Without white space at both ends. */
export function trimSpace(bytes: string): string {
  return trimWhere(bytes, (letter) => SPACE.test(letter));
}

function trimWhere(
  bytes: string,
  goes: (letter: string) => boolean,
): string {
  return unicode(bytes, (text) => {
    const letters = [...text];
    const start = letters.findIndex((letter) => !goes(letter));
    const last = letters.findLastIndex((letter) => !goes(letter));
    return start < 0 ? "" : letters.slice(start, last + 1).join("");
  });
}

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "\x07": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
  }),
);

/** Go's strconv.Quote. */
export function quoteGo(bytes: string): string {
  const inner = unicode(
    bytes,
    (text) =>
      text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (letter) => {
        const code = letter.codePointAt(0) ?? 0;
        const hex = code.toString(16);
        return ESCAPES.get(letter) ??
          (code < 0x80
            ? `\\x${hex.padStart(2, "0")}`
            : code > 0xffff
            ? `\\U${hex.padStart(8, "0")}`
            : `\\u${hex.padStart(4, "0")}`);
      }),
  );
  return `"${inner}"`;
}
