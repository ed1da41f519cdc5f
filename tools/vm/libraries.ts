/**
 * The libraries of programs for any processor, from their ELF files: ldd(1) runs
 * the program's own dynamic linker.
 */
import { readDynamicNames, readElf, readInterpreter } from "../base/elf.ts";
import { type Arch, targetOf } from "../build/target.ts";
import { exists } from "../cache.ts";

const MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2];

/**
 * The paths below `root` of the dynamic linker and of all libraries that it would
 * load for a program. One that is not there is left out: the program may bring
 * it. Scripts, static programs and programs of 32 bits have none.
 *
 * @throws {Error} when the program is for another processor.
 */
export async function listLibraries(
  path: string,
  root: string,
  arch: Arch,
): Promise<string[]> {
  if (!await isElf64(path)) return [];
  const elf = await read(path, arch);
  const interpreter = readInterpreter(elf);
  if (interpreter === undefined) return [];
  const found = new Set([interpreter]);
  const waiting = [...readDynamicNames(elf).needed];
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    if (interpreter.endsWith(`/${name}`)) continue;
    const library = await find(name, root, arch);
    if (!library || found.has(library)) continue;
    found.add(library);
    const { needed } = readDynamicNames(await read(`${root}${library}`, arch));
    waiting.push(...needed);
  }
  return [...found];
}

async function find(
  name: string,
  root: string,
  arch: Arch,
): Promise<string | undefined> {
  const { triplet } = targetOf(arch);
  for (const folder of [`/lib/${triplet}`, `/usr/lib/${triplet}`]) {
    const path = `${root}${folder}/${name}`;
    // glibc's libc.so, which is musl's name for its library, is the linker's script.
    if (await exists(path) && await isElf64(path)) return `${folder}/${name}`;
  }
  return undefined;
}

async function isElf64(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const start = new Uint8Array(MAGIC.length);
  await file.read(start);
  return MAGIC.every((byte, at) => start[at] === byte);
}

async function read(path: string, arch: Arch) {
  const elf = readElf(path, await Deno.readFile(path));
  if (elf.machine === targetOf(arch).machine) return elf;
  throw new Error(`${path} is not for ${arch}, the machine's processor`);
}
