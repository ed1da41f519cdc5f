/**
 * Parses the body `{"token":"…"}` byte by byte, because the token must not become
 * a string. It supports no other JSON. Pure.
 */

const BLANKS = [0x20, 0x09, 0x0a, 0x0d];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The token, as a view on the body; undefined for any other body. */
export function findToken(body: Uint8Array): Uint8Array | undefined {
  const at = skipWords(body, ["{", '"token"', ":", '"'], 0);
  if (at < 0) return undefined;
  let end = at;
  while (isTokenByte(body[end])) end++;
  const rest = skipWords(body, ['"', "}", ""], end);
  return end > at && rest === body.length ? body.subarray(at, end) : undefined;
}

/** End of the last of `words`, each after optional blanks; -1 when one is missing. */
function skipWords(
  body: Uint8Array,
  words: readonly string[],
  start: number,
): number {
  let at = start;
  for (const [index, word] of words.entries()) {
    // No blanks between the token and its closing quote.
    const mayBeBlank = index > 0 || word === "{";
    while (mayBeBlank && BLANKS.includes(body[at] ?? 0)) at++;
    for (let i = 0; i < word.length; i++) {
      if (body[at++] !== word.charCodeAt(i)) return -1;
    }
  }
  return at;
}

/** Valid in a header, and in JSON without escapes. */
function isTokenByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte < 0x7f && byte !== QUOTE &&
    byte !== BACKSLASH;
}
