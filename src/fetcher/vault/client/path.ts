/**
 * Paths in Vault's API as people write them, made safe for a URL: nothing in
 * a path can leave `/v1/`, add a query or forge a header.
 */
import { ConfigError } from "@/base/errors.ts";

const MAX_PATH_LENGTH = 2048;

/**
 * Brings a path into one form: no leading `/` or `v1/`, segments percent-encoded.
 *
 * @param what where the path was given, for the message
 * @throws ConfigError for an empty path, `..`, `?`, `#` or control characters
 */
export function encodePath(path: string, what = "A path of a secret"): string {
  const bare = path.replace(/^\/+/, "").replace(/^v1\/+/, "");
  const wrong = findFault(bare);
  if (wrong !== undefined) {
    throw new ConfigError(
      `${what} is ${quotePath(path)}: ${wrong}, write it like secret/data/app`,
    );
  }
  return bare.split("/").map(encodeURIComponent).join("/");
}

function findFault(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.length > MAX_PATH_LENGTH) {
    return `it is longer than ${MAX_PATH_LENGTH} characters`;
  }
  if (!path.isWellFormed()) return "it is not valid Unicode";
  if (/\p{Cc}/u.test(path)) return "it holds a control character";
  if (/[?#]/.test(path)) return "it holds ? or #";
  if (path.includes("\\")) return "it holds a backslash";
  const segments = path.split("/");
  if (segments.some((s) => s === "." || s === "..")) return "it holds . or ..";
  if (segments.slice(0, -1).includes("")) return "it holds //";
  return undefined;
}

/** A path or name for a message: one line, of bounded length, in quotes. */
export function quotePath(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return JSON.stringify(shown);
}
