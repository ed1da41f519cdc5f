/**
 * Which program is started: the words of a command line, and where PATH finds
 * the first of them. Raw bytes throughout: names of files need not be UTF-8.
 */
import { ConfigError } from "@/base/errors.ts";
import { encodeCString } from "@/process/own_image.ts";

const SLASH = 0x2f;
const COLON = 0x3a;
const DEFAULT_PATH = encodeCString(
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
);

/**
 * The files that execvp(3) would try, in its order, each with its NUL.
 *
 * @param program first word of the command, with its NUL
 * @param path value of the application's PATH without NUL, if it has one
 */
export function findCandidates(
  program: Uint8Array,
  path?: Uint8Array,
): Uint8Array[] {
  // The empty name too: no folder is a program because its name ends in a slash.
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

/** An empty folder in PATH is the current one. */
function joinPath(folder: Uint8Array, program: Uint8Array): Uint8Array {
  if (folder.length === 0) return program;
  const joined = new Uint8Array(folder.length + 1 + program.length);
  joined.set(folder);
  joined[folder.length] = SLASH;
  joined.set(program, folder.length + 1);
  return joined;
}

/**
 * Cuts CLOUDTASER_ORIGINAL_CMD into words: a JSON array of strings, or words as
 * a shell would quote them, without any expansion.
 *
 * @throws ConfigError for what is neither.
 */
export function parseCommandLine(text: string): string[] {
  const words = text.trimStart().startsWith("[")
    ? parseArray(text)
    : splitWords(text);
  if (words !== undefined && words.length > 0 && words[0] !== "") return words;
  throw new ConfigError(
    "CLOUDTASER_ORIGINAL_CMD is not a command line: give words with balanced quotes, or a JSON array of strings",
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

/** Words, 'single', "double" and \escaped; undefined when a quote stays open. */
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
