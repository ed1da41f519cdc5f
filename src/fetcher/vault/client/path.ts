/**
 * Encodes paths of Vault's API for a URL: a path cannot leave `/v1/`, add a query
 * or forge a header.
 */
import { ConfigError } from "@/base/errors.ts";

const MAX_PATH_LENGTH = 2048;

/**
 * Normalizes a path: no leading `/` or `v1/`, percent-encoded segments.
 *
 * @param what the setting of the path, for the message
 * @throws ConfigError for an empty path, `..`, `?`, `#` or control characters
 */
export function encodePath(
  path: string,
  what = "The path of a secret",
): string {
  const bare = path.replace(/^\/+/, "").replace(/^v1\/+/, "");
  const wrong = findFault(bare);
  if (wrong !== undefined) {
    throw new ConfigError(
      `${what} is ${
        quotePath(path)
      }: ${wrong}; use a path such as secret/data/app`,
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
  if (/\p{Cc}/u.test(path)) return "it contains a control character";
  if (/[?#]/.test(path)) return "it contains ? or #";
  if (path.includes("\\")) return "it contains a backslash";
  const segments = path.split("/");
  if (segments.some((s) => s === "." || s === "..")) {
    return "it contains . or ..";
  }
  if (segments.slice(0, -1).includes("")) return "it contains //";
  return undefined;
}

/** Quotes a path or name for a message, with bounded length. */
export function quotePath(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return JSON.stringify(shown);
}
