/**
 * Programs that are loaded on demand: the enforcer and the interposer, which the
 * binary contains compressed, and scripts (src/process/script.ts). Under
 * `deno run` the programs come from `c/build`.
 */
import { unwrap } from "./errno.ts";
import { besideScript, runsFromSource, staticFinder } from "./files.ts";
import { library } from "./library.ts";
import { buffer } from "./pointer.ts";

/** Names of the programs. */
export type EmbeddedProgram = "enforcer" | "interposer";

/**
 * Reads a program.
 *
 * @throws {Error} when the program is not in the binary or not built.
 */
export async function readEmbedded(
  name: EmbeddedProgram,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await findFile(`${name}.br`);
  if (packed === undefined) {
    return await Deno.readFile(new URL(`../c/build/${name}`, import.meta.url));
  }
  return await unpack(packed);
}

/**
 * Reads a script of the binary.
 *
 * @throws {Error} when there is none of this name.
 */
export async function readScript(
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return await findFile(`${name}.js`) ?? refuse(name);
}

/** Reads a script that the binary contains compressed. @throws {Error} when there is none of this name. */
export async function readCompressedScript(
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return await unpack(await findFile(`${name}.br`) ?? refuse(name));
}

function refuse(name: string): never {
  throw new Error(`the binary has no script ${name}`);
}

async function unpack(
  packed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const unpacked = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("brotli" as CompressionFormat));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

async function findFile(
  name: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const find = staticFinder();
  if (find) return find(name);
  if (runsFromSource()) return undefined;
  return await Deno.readFile(besideScript(name));
}

/**
 * Creates an executable, immutable file in memory with these bytes.
 *
 * @returns the descriptor, close-on-exec.
 * @throws {FfiError} EACCES: vm.memfd_noexec=2 on this node.
 */
export function programFile(bytes: Uint8Array): number {
  const length = BigInt(bytes.length);
  const fd = library().ct_program_file(buffer(bytes), length);
  return unwrap("ct_program_file", fd);
}
