/**
 * A program that tells what the static base hands to JavaScript. Compiled
 * instead of main.ts, so that the base is tested without the wrapper.
 */
import { compile } from "../../tools/compile.ts";

/** What the program prints. */
export interface Seen {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cmdline: readonly string[];
  /** `refused`, when the file is another user's. */
  readonly environ: readonly string[];
  /** SigBlk of /proc/self/status. */
  readonly blocked: string;
  /** Link targets of all open descriptors. */
  readonly files: readonly string[];
  /** Paths of the files from which code is mapped. */
  readonly codeFiles: readonly string[];
  /** Mappings of memory files. */
  readonly memoryFiles: readonly string[];
  /** Error of a write into the last mapped library through /proc/self/map_files; `written`. */
  readonly libraryWrite: string;
  readonly cwd: string;
  readonly execPath: string;
}

const PROGRAM = `
const read = (name) => Deno.readTextFileSync("/proc/self/" + name);
// Root's file, as the process is not dumpable.
const readBlock = () => {
  try { return read("environ"); } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return "refused\\0";
    throw error;
  }
};
const files = [];
for (const { name } of Deno.readDirSync("/proc/self/fd")) {
  try { files.push(Deno.readLinkSync("/proc/self/fd/" + name)); } catch { /* the directory itself */ }
}
const overwriteLibrary = () => {
  const [, range] = [...read("maps").matchAll(/^(\\S+) r-xp .* \\//gm)].at(-1);
  const [start, end] = range.split("-").map((hex) => hex.replace(/^0+/, ""));
  try {
    using file = Deno.openSync("/proc/self/map_files/" + start + "-" + end, { write: true });
    file.writeSync(new Uint8Array(1));
    return "written";
  } catch (error) { return error.message; }
};
const what = Deno.readTextFileSync("/proc/self/comm") && {
  args: Deno.args,
  env: Deno.env.toObject(),
  cmdline: read("cmdline").split("\\0").slice(0, -1),
  environ: readBlock().split("\\0").slice(0, -1),
  blocked: /SigBlk:\\s*(\\w+)/.exec(read("status"))[1],
  files,
  codeFiles: [...new Set(read("maps").match(/(?<=r-xp .*) \\/.*$/gm).map((path) => path.trim()))],
  memoryFiles: read("maps").match(/^.*memfd:.*$/gm) ?? [],
  libraryWrite: overwriteLibrary(),
  cwd: Deno.cwd(),
  execPath: Deno.execPath(),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(what)));
if (what.environ.includes("THROW=1")) null.property;
if (what.environ.includes("THROW=2")) Promise.reject(new TypeError("secret"));
if (what.environ.includes("THROW=3")) setTimeout(() => null.property);
`;

/** Compiles the program into a folder and answers the binary's path. */
export async function compileProbe(folder: string): Promise<string> {
  const entry = `${folder}/probe.js`;
  await Deno.writeTextFile(entry, PROGRAM);
  const output = `${folder}/probe`;
  await compile({ entry, output });
  return output;
}

/** Parses what it printed. */
export function parseSeen(stdout: Uint8Array | string): Seen {
  return JSON.parse(
    typeof stdout === "string" ? stdout : new TextDecoder().decode(stdout),
  );
}
