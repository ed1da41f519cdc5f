/**
 * Programs of ours that most processes never need: the enforcer, the interposer,
 * and scripts (tools/scripts.ts). In the binary they lie compressed beside the main
 * script and are not read until somebody asks; under `deno run` the programs are
 * what tools/ built in `c/build`, and scripts are imported (src/process/script.ts).
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer } from "./pointer.ts";

/** What there is. */
export type EmbeddedProgram =
  | "agent"
  | "enforcer"
  | "interposer"
  | "events"
  | "unseal"
  | "status";

/** tools/base/bootstrap.js leaves a function there that finds a file in the binary. */
const HOOK = Symbol.for("cloudtaser.embeddedFile");

type Finder = (name: string) => Uint8Array<ArrayBuffer> | undefined;

/**
 * Reads a program.
 *
 * @throws {Error} when it was not built in, or not built.
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
  // A binary on Deno's own base: its files lie beside the script.
  return await Deno.readFile(new URL(name, Deno.mainModule));
}

/**
 * A file in memory with these bytes that can be executed and not be changed.
 *
 * @returns its descriptor, close-on-exec.
 * @throws {FfiError} EACCES: vm.memfd_noexec=2 on this node.
 */
export function programFile(bytes: Uint8Array): number {
  const length = BigInt(bytes.length);
  const fd = library().ct_program_file(buffer(bytes), length);
  return unwrap("ct_program_file", fd);
}
