/** Makes foreign text safe for one line of a log or terminal. */

/** One printable line of at most `limit` characters. */
export function cleanText(text: string, limit = 300): string {
  // deno-lint-ignore no-control-regex -- control characters must not forge lines
  const flat = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}
