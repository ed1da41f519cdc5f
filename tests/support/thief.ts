/** Runs tests/system/programs/attack.c against a process, as root or as somebody else. */
import { compileProgram } from "./programs.ts";

export const METHODS = [
  "mem",
  "readv",
  "peek",
  "getfd",
  "fd",
  "map_files",
  "environ",
] as const;
export type Method = typeof METHODS[number];

/** What the thief got. */
export interface Loot {
  /** How often each text was there, in their order. */
  readonly hits: readonly number[];
  /** Error of the victim's secret mappings, or OK; where the method reads mappings. */
  readonly secretmem: readonly string[];
  /** The error, when there was nothing to be looked at. */
  readonly denied: string | undefined;
}

/** Attacks once. The texts are ASCII without NUL. @throws Error when the thief itself fails */
export function attack(
  method: Method,
  pid: number,
  texts: readonly string[],
  uid?: number,
): Loot {
  const { success, stdout, stderr } = new Deno.Command("timeout", {
    args: ["90", thief(), method, String(pid), ...texts],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }).outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`attack ${method}: ${decoder.decode(stderr)}`);
  const said = decoder.decode(stdout);
  const all = (word: string) =>
    [...said.matchAll(new RegExp(`^${word} (\\w+)$`, "gm"))]
      .map(([, value = ""]) => value);
  return {
    hits: all("hits").map(Number),
    secretmem: all("secretmem"),
    denied: all("denied")[0],
  };
}

let _thief: string | undefined;

function thief(): string {
  return _thief ??= compileProgram("attack");
}
