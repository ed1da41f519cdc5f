/** The application's argv, as raw bytes: arguments need not be UTF-8. */
import { ConfigError, UsageError } from "@/base/errors.ts";
import type { Invocation } from "@/config/reader.ts";
import type { Config } from "@/config/load.ts";

/**
 * The application's argv, each with its NUL: from the arguments, else from
 * CLOUDTASER_ORIGINAL_CMD.
 *
 * @throws UsageError when there is none, ConfigError for an invalid one
 */
export function findArgv(
  { operands }: Invocation,
  { originalCommand }: Config,
): readonly Uint8Array[] {
  if (operands.length > 0) return operands;
  if (originalCommand !== undefined) {
    const encoder = new TextEncoder();
    return parseCommandLine(originalCommand)
      .map((word) => encoder.encode(`${word}\0`));
  }
  throw new UsageError(
    "No command to run: pass it as arguments or set CLOUDTASER_ORIGINAL_CMD (see --help)",
  );
}

/**
 * Parses CLOUDTASER_ORIGINAL_CMD: a JSON array of strings, or words with a
 * shell's quoting and without expansion.
 *
 * @throws ConfigError for anything else
 */
export function parseCommandLine(text: string): string[] {
  const words = text.trimStart().startsWith("[")
    ? parseArray(text)
    : splitWords(text);
  if (words !== undefined && words.length > 0 && words[0] !== "") return words;
  throw new ConfigError(
    "CLOUDTASER_ORIGINAL_CMD is not a command line: use words with balanced quotes, or a JSON array of strings",
  );
}

function parseArray(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isWords = Array.isArray(value) &&
      value.every((w) => typeof w === "string" && !w.includes("\0"));
    return isWords ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words, 'single', "double" and \escaped; undefined for an unclosed quote. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  const token = /\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y;
  let word: string | undefined;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) return undefined;
    const [whole, single, double, escaped, plain] = match;
    const piece = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ??
      plain;
    if (piece !== undefined) word = (word ?? "") + piece;
    else if (word !== undefined && whole) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
