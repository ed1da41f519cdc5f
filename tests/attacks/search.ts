/** Searches a running process for texts (programs/search.c), as root or as another user. */
import { compileProgram } from "../support/programs.ts";

/** Ways to read a process that leave it as it was. */
export const METHODS = [
  "mem",
  "readv",
  "peek",
  "getfd",
  "fd",
  "map_files",
  "environ",
] as const;
export type Method = typeof METHODS[number] | "peek-all" | "core" | "inject";

/** What a search found. */
export interface Loot {
  /** Copies of each text, in their order. */
  readonly copies: readonly number[];
  /** How much was searched. */
  readonly bytes: number;
  /** Descriptors of secret memory that were copied. */
  readonly descriptors: number;
  /** For methods that read mappings: the error of each one of secret memory, or OK. */
  readonly secretmem: readonly string[];
  /** The errno when nothing could be searched, or "". */
  readonly denied: string;
  /** The same with the call. */
  readonly error: string;
}

/** Searches once. The texts are ASCII without NUL. @throws {Error} when the program itself fails */
export function search(
  method: Method,
  pid: number,
  texts: readonly string[],
  uid?: number,
): Loot {
  return read(makeCommand(method, pid, texts, uid).outputSync());
}

/** The same while this process goes on reading the victim's output. */
export async function searchMeanwhile(
  method: Method,
  pid: number,
  texts: readonly string[],
): Promise<Loot> {
  return read(await makeCommand(method, pid, texts).output());
}

function makeCommand(
  method: Method,
  pid: number,
  texts: readonly string[],
  uid?: number,
): Deno.Command {
  return new Deno.Command("timeout", {
    args: ["90", compileProgram("search"), method, String(pid), ...texts],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

function read({ code, stdout, stderr }: Deno.CommandOutput): Loot {
  const decoder = new TextDecoder();
  if (code === 0) return JSON.parse(decoder.decode(stdout));
  throw new Error(`search: exit ${code}: ${decoder.decode(stderr)}`);
}
