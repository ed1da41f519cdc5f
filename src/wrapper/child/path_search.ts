/** Where PATH finds the application's program. Raw bytes: file names need not be UTF-8. */
const SLASH = 0x2f;
const COLON = 0x3a;
const encoder = new TextEncoder();
const PATH = encoder.encode("PATH=");
const DEFAULT_PATH = encoder.encode(
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
);

/**
 * The files that execvp(3) would try, in order, each with its NUL.
 *
 * @param program argv[0], with its NUL
 * @param environment the application's, for PATH
 */
export function findCandidates(
  program: Uint8Array,
  environment: readonly Uint8Array[],
): Uint8Array[] {
  // An empty name is not joined with PATH: the result would be a directory.
  if (program.includes(SLASH) || program.length <= 1) return [program];
  const folders = splitPath(findPath(environment) ?? DEFAULT_PATH);
  return folders.map((folder) => joinPath(folder, program));
}

/** The value of PATH without its NUL. */
function findPath(environment: readonly Uint8Array[]): Uint8Array | undefined {
  const entry = environment.find((e) => PATH.every((byte, i) => e[i] === byte));
  return entry?.subarray(PATH.length, -1);
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
