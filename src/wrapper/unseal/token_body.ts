/**
 * The body `{"token":"…"}`, read byte by byte: what it holds must never become a
 * string. So no JSON.parse, and no more of JSON than that. Pure.
 */

const BLANKS = [0x20, 0x09, 0x0a, 0x0d];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The token in a body, as a view on it. Undefined when the body is anything else. */
export function findToken(body: Uint8Array): Uint8Array | undefined {
  const at = skipWords(body, ["{", '"token"', ":", '"'], 0);
  if (at < 0) return undefined;
  let end = at;
  while (isTokenByte(body[end])) end++;
  const rest = skipWords(body, ['"', "}", ""], end);
  return end > at && rest === body.length ? body.subarray(at, end) : undefined;
}

/** Where the last of `words` ends, with blanks before each; -1 when one is missing. */
function skipWords(
  body: Uint8Array,
  words: readonly string[],
  start: number,
): number {
  let at = start;
  for (const [index, word] of words.entries()) {
    // Nothing may stand between the token and the quote behind it.
    const mayBeBlank = index > 0 || word === "{";
    while (mayBeBlank && BLANKS.includes(body[at] ?? 0)) at++;
    for (let i = 0; i < word.length; i++) {
      if (body[at++] !== word.charCodeAt(i)) return -1;
    }
  }
  return at;
}

/** What can stand in a header, and in JSON as it is. */
function isTokenByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte < 0x7f && byte !== QUOTE &&
    byte !== BACKSLASH;
}
