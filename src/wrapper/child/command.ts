/**
 * The application's argv, and where PATH finds its program. Raw bytes: file
 * names need not be UTF-8.
 */
import { ConfigError, UsageError } from "@/base/errors.ts";
import type { Invocation } from "@/config/invocation.ts";
import type { Config } from "@/config/load.ts";
import { encodeCString } from "@/process/own_image.ts";

const SLASH = 0x2f;
const COLON = 0x3a;
const DEFAULT_PATH = encodeCString(
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
);

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
 * The files that execvp(3) would try, in order, each with its NUL.
 *
 * @param program argv[0], with its NUL
 * @param path the application's PATH without NUL
 */
export function findCandidates(
  program: Uint8Array,
  path?: Uint8Array,
): Uint8Array[] {
  // An empty name is not joined with PATH: the result would be a directory.
  if (program.includes(SLASH) || program.length <= 1) return [program];
  const folders = splitPath(path ?? DEFAULT_PATH.subarray(0, -1));
  return folders.map((folder) => joinPath(folder, program));
}

function splitPath(path: Uint8Array): Uint8Array[] {
  const folders: Uint8Array[] = [];
  for (let start = 0; start <= path.length;) {
    const colon = path.indexOf(COLON, start);
    const end = colon < 0 ? path.length : colon;
    folders.push(path.subarray(start, end));
    start = end + 1;
  }
  return folders;
}

/** An empty entry of PATH is the current directory. */
function joinPath(folder: Uint8Array, program: Uint8Array): Uint8Array {
  if (folder.length === 0) return program;
  const joined = new Uint8Array(folder.length + 1 + program.length);
  joined.set(folder);
  joined[folder.length] = SLASH;
  joined.set(program, folder.length + 1);
  return joined;
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
