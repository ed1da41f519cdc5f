/** Makes foreign text safe for one line of a log, a terminal or a page. */

/** One printable line of at most `limit` characters. */
export function cleanText(text: string, limit = 300): string {
  // deno-lint-ignore no-control-regex -- control characters must not forge lines
  const flat = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}

/** Most characters of a path in a message. */
const PATH_LENGTH = 200;

/** Invisible characters that change how others look (direction, joining, tags), and lone surrogates. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** One line of visible characters, at most `limit` of them. */
export function safeText(text: string, limit = 300): string {
  // Cut first, so that the patterns need not scan a large text.
  return cleanText(text.slice(0, limit * 4).replace(INVISIBLE, ""), limit);
}

/** A path for a message: as it is, or short and quoted if it could be taken for more than a path. */
export function showPath(path: string): string {
  const text = safeText(path, PATH_LENGTH);
  return /[\s"'=]/.test(text) || text !== path ? JSON.stringify(text) : text;
}

/** True for letters, digits and `_`, without a digit first: what shells and libc support. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Tokens of Vault (old and new), JWTs, secret ids, PEM. */
const CREDENTIAL =
  /-----BEGIN |^\s*(?:hv[sbr]\.|[sbr]\.[a-z0-9]{20}|eyJ[\w-]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;

/** True for a value that a message must not quote, although its setting is for something else. */
export function looksLikeCredential(text: string): boolean {
  return CREDENTIAL.test(text);
}
