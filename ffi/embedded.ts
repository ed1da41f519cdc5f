/**
 * Programs that are loaded on demand: the enforcer, the interposer, and scripts
 * (tools/scripts.ts). The binary contains them compressed, beside the main script.
 * Under `deno run` the programs come from `c/build`, and scripts are imported
 * (src/process/script.ts).
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer } from "./pointer.ts";

/** Names of the programs. */
export type EmbeddedProgram =
  | "agent"
  | "enforcer"
  | "interposer"
  | "events"
  | "metrics"
  | "unseal"
  | "status";

/** Where tools/base/bootstrap.js installs a function that finds a file in the binary. */
const HOOK = Symbol.for("cloudtaser.embeddedFile");

type Finder = (name: string) => Uint8Array<ArrayBuffer> | undefined;

/**
 * Reads a program.
 *
 * @throws {Error} when the program is not in the binary or not built.
 */
export async function readEmbedded(
  name: EmbeddedProgram,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await findPacked(`${name}.br`);
  if (packed === undefined) {
    return await Deno.readFile(new URL(`../c/build/${name}`, import.meta.url));
  }
  const unpacked = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("brotli" as CompressionFormat));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

async function findPacked(
  name: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const find: Finder | undefined = Reflect.get(globalThis, HOOK);
  if (find) return find(name);
  if (import.meta.url.startsWith("file:")) return undefined;
  // A binary made by `deno compile`: its files are beside the script.
  return await Deno.readFile(new URL(name, Deno.mainModule));
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
