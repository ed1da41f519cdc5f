/**
 * `deno task compile`: builds the shim, bundles the program, and joins it to a
 * base by `deno compile`. The same inputs make the same bytes. Nothing is built
 * when the file in dist/ is up to date.
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type Base, buildBase } from "./base/build_base.ts";
import { fetchDeno } from "./base/deno_executables.ts";
import { closeGap } from "./base/close_gap.ts";
import { readElf } from "./base/elf.ts";
import { bundle, bundleScripts, compress } from "./build/bundle.ts";
import { packEnforcer } from "./build/enforcer.ts";
import { buildInterposer } from "./build/interposer.ts";
import { type Arch, HOST, parseArch } from "./build/target.ts";
import { publish, sha256 } from "./cache.ts";
import { BUILD_PACKAGES, ensurePackages } from "./packages.ts";
import { COMPRESSED } from "../src/process/script_entries.ts";
import { runMain, say, step } from "./progress.ts";
import { run, words } from "./run.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const NAME = "cloudtaser-wrapper";
/**
 * V8 flags of the product: an idle wrapper collects its garbage, a small young
 * generation takes less memory, and without work on V8's own threads a start takes
 * 3 ms of processor time less. `--single_threaded` with `_`: V8 reads it as `-`, but
 * Deno compares the text, and for `-` it makes a platform whose tasks it never runs.
 * Each collection then leaves its tasks there, which is a leak (Deno 2.9.6). The two
 * counts are 50 and 33 times V8's: code that a round of proofs calls a few times is
 * not optimized in the course of an hour, which saves 0.4 MiB.
 */
export const V8_FLAGS: readonly string[] = [
  "--expose-gc",
  "--max-semi-space-size=1",
  "--single_threaded",
  "--invocation-count-for-maglev=20000",
  "--invocation-count-for-turbofan=100000",
];

/** They keep this machine's configuration out. */
const ARGUMENTS = [
  ...words("compile --quiet --allow-all --no-check --no-config --no-lock"),
  ...["--no-npm", "--no-remote", `--v8-flags=${V8_FLAGS.join(",")}`],
];

/** Processor, output and entry point. */
export interface CompileOptions {
  /** This machine's by default. */
  readonly arch?: Arch;
  /** Path of the result; {@linkcode binaryOf} by default. */
  readonly output?: string;
  /** Entry point; main.ts by default. */
  readonly entry?: string;
}

/** Description of a binary; also in `<output>.json`. */
export interface Compiled {
  readonly path: string;
  readonly arch: Arch;
  readonly bytes: number;
  /** A file with another is built again. */
  readonly sha256: string;
  readonly deno: string;
  readonly glibc: string;
  /** Hash of all inputs. */
  readonly key: string;
}

/**
 * Builds the binary unless it exists and was made from the same inputs.
 *
 * @throws {Error} when packages are missing or a step fails.
 */
export async function compile(options: CompileOptions = {}): Promise<Compiled> {
  const { arch = HOST } = options;
  const path = options.output ?? binaryOf(arch);
  await ensurePackages(BUILD_PACKAGES);
  const inputs = await makeInputs(arch, options.entry);
  const deno = await denoFor(arch);
  const base = await buildBase(deno, { arch, v8Flags: V8_FLAGS });
  const key = await sha256([
    ...await Promise.all(Object.values(inputs).map((bytes) => sha256(bytes))),
    base.path,
    Deno.version.deno,
    arch,
    ...await Promise.all(
      ["./compile.ts", "./base/close_gap.ts"].map((name) =>
        Deno.readTextFile(new URL(name, import.meta.url))
      ),
    ),
  ].join("\n"));
  const before = await readRecord(path);
  if (before?.key === key) return before;
  await step(
    `deno compile (${arch})`,
    () => runCompile(inputs, path, arch, base),
  );
  return await writeRecord(path, { arch, key, base });
}

/** Where the binary for a processor is: this machine's has the plain name. */
export function binaryOf(arch: Arch): string {
  return `${ROOT}dist/${NAME}${arch === HOST ? "" : `-${arch}`}`;
}

/** The Deno that becomes the product. */
export async function denoFor(arch: Arch): Promise<string> {
  return arch === HOST ? Deno.execPath() : await fetchDeno(arch);
}

/** The files of the binary by name, the script first. */
async function makeInputs(
  arch: Arch,
  entry?: string,
): Promise<Record<string, Uint8Array>> {
  const encode = (script: string) => new TextEncoder().encode(script);
  const main = encode(await bundle(entry));
  const scripts = [...await bundleScripts()].map(([name, script]) =>
    COMPRESSED.some((one) => one === name)
      ? [`${name}.br`, compress(encode(script))] as const
      : [`${name}.js`, encode(script)] as const
  );
  return {
    "main.js": main,
    ...Object.fromEntries(scripts),
    "enforcer.br": await packEnforcer(arch),
    "interposer.br": compress(await Deno.readFile(await buildInterposer(arch))),
  };
}

/**
 * `deno compile` records names and modification times of its inputs, so both are fixed here. The first
 * input is the script; bootstrap.js and ffi/embedded.ts find the others by name.
 */
async function runCompile(
  inputs: Readonly<Record<string, Uint8Array>>,
  path: string,
  arch: Arch,
  base: Base,
): Promise<void> {
  await using temporary = await TemporaryFolder.make("compile");
  const folder = temporary.path;
  const made = `${folder}/${NAME}`;
  const [script = "", ...others] = Object.keys(inputs);
  for (const [name, bytes] of Object.entries(inputs)) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await Deno.utime(`${folder}/${name}`, 0, 0);
  }
  await run(Deno.execPath(), [
    ...ARGUMENTS,
    ...others.map((name) => `--include=${name}`),
    `--target=${arch}-unknown-linux-gnu`,
    `--output=${made}`,
    script,
  ], { cwd: folder, env: { NO_COLOR: "1", DENORT_BIN: base.path } });
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = closeGap(readElf(NAME, await Deno.readFile(made)));
  await publish(
    path,
    (partial) => Deno.writeFile(partial, file, { mode: 0o755 }),
  );
}

async function readRecord(path: string): Promise<Compiled | undefined> {
  try {
    const text = await Deno.readTextFile(`${path}.json`);
    const record: Compiled = JSON.parse(text);
    const isSame = await sha256(await Deno.readFile(path)) === record.sha256;
    return isSame ? { ...record, path } : undefined;
  } catch {
    return undefined;
  }
}

async function writeRecord(
  path: string,
  { arch, key, base }: {
    readonly arch: Arch;
    readonly key: string;
    readonly base: Base;
  },
): Promise<Compiled> {
  const { size } = await Deno.stat(path);
  const record: Compiled = {
    path,
    arch,
    bytes: size,
    sha256: await sha256(await Deno.readFile(path)),
    deno: Deno.version.deno,
    glibc: base.glibc,
    key,
  };
  await Deno.writeTextFile(`${path}.json`, JSON.stringify(record, null, 2));
  return record;
}

/** The description for people. */
function renderCompiled(compiled: Compiled): string {
  return [
    `${compiled.path.replace(ROOT, "")}`,
    `  for     ${compiled.arch}`,
    `  deno    ${compiled.deno}`,
    `  glibc   ${compiled.glibc}`,
    `  size    ${(compiled.bytes / 1e6).toFixed(1)} MB`,
    `  sha256  ${compiled.sha256}`,
  ].join("\n");
}

/** Reads the command line. @throws {Error} for an unknown option or processor */
function parseOptions(args: string[]): CompileOptions {
  const { arch, output } = parseArgs({
    args,
    options: {
      arch: { type: "string" },
      output: { type: "string" },
    },
  }).values;
  return {
    ...arch !== undefined && { arch: parseArch(arch) },
    ...output !== undefined && { output },
  };
}

const USAGE = "deno task compile [--arch=x86_64|aarch64] [--output=PATH]";

if (import.meta.main) {
  const main = async () =>
    say(renderCompiled(await compile(parseOptions(Deno.args))));
  await runMain("compile", main, USAGE);
}
