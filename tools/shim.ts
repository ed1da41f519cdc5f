/**
 * Builds the C shim, `c/build/libct.so`, and the native test programs in their
 * plain and sanitizer builds. What is up to date is left alone. It installs
 * nothing: packages are the business of `tools/packages.ts`.
 *
 * The library is the same for the same sources and compiler: no build id, no
 * path of this machine in it.
 */
import {
  COMMON,
  filesIn,
  isFresh,
  make,
  OUT,
  RELEASE,
  ROOT,
  SANITIZED,
} from "./c_build.ts";

const C = `${ROOT}c`;
const TESTS = `${ROOT}tests/native`;

const UNITS = [
  "image",
  "arena",
  "arena_file",
  "blocks",
  "harden",
  "trim",
  "program",
  "program_file",
  "interposer/target",
  "interposer/musl",
  "handoff",
  "hold",
  "spawn",
  "process",
  "deliver",
  "terminal",
  "wait",
  "io",
  "attacker",
  "proof",
  "probe",
  "probe_step",
  "tracers",
  "supervisor",
  "take",
  "scan",
  "search",
] as const;

/** AddressSanitizer maps terabytes writable, through which a scan would walk. */
const NOT_UNDER_ASAN: ReadonlySet<string> = new Set(["scan_test"]);
const UBSAN = [
  "-O1",
  "-g",
  "-fsanitize=undefined",
  "-fno-sanitize-recover=all",
];
/**
 * Lazy binding would save vector registers on the stack in the middle of a
 * comparison: a copy of a needle, which the scan rightly finds.
 */
const NOW = "-Wl,-z,now";
const LINK = [
  "-shared",
  "-Wl,-soname,libct.so",
  "-Wl,--build-id=none",
  "-Wl,-z,relro,-z,noexecstack,-z,defs",
  NOW,
  "-Wl,-s",
];

/** A native test program, in one of its two builds. */
export interface NativeTest {
  readonly name: string;
  readonly build: "plain" | "sanitized";
  readonly path: string;
}

function units(): string[] {
  return UNITS.map((unit) => `c/${unit}.c`);
}

async function sourcesOfShim(): Promise<string[]> {
  return [
    ...await filesIn(C, /\.[ch]$/),
    ...await filesIn(`${C}/interposer`, /\.[ch]$/),
  ];
}

/**
 * Builds the release library when it is older than its sources.
 *
 * @returns the library's path.
 * @throws {Error} when there is no compiler, or it refuses.
 */
export async function buildShim(): Promise<string> {
  const target = `${OUT}/libct.so`;
  const sources = await sourcesOfShim();
  sources.push(new URL(import.meta.url).pathname);
  if (await isFresh(target, sources)) return target;
  await Deno.mkdir(OUT, { recursive: true });
  await make(target, [...COMMON, ...RELEASE, ...LINK, ...units()]);
  return target;
}

/** What a test program or its helper depends on besides its own source. */
async function inputsOfTests(): Promise<string[]> {
  return [
    ...await sourcesOfShim(),
    ...await filesIn(TESTS, /\.h$/),
    new URL(import.meta.url).pathname,
  ];
}

function flagsOf(name: string, build: NativeTest["build"]): readonly string[] {
  if (build === "plain") return RELEASE;
  return NOT_UNDER_ASAN.has(name) ? UBSAN : SANITIZED;
}

async function buildTest(
  source: string,
  build: NativeTest["build"],
  inputs: readonly string[],
): Promise<NativeTest> {
  const name = source.replace(/^.*\/|\.c$/g, "");
  const path = `${OUT}/${name}.${build}`;
  if (!await isFresh(path, [source, ...inputs])) {
    const flags = flagsOf(name, build);
    await make(path, [...COMMON, ...flags, NOW, "-Ic", source, ...units()]);
  }
  return { name, build, path };
}

/**
 * Builds every `tests/native/*_test.c` twice, together with the shim's units.
 *
 * @throws {Error} when there is no compiler, or it refuses.
 */
export async function buildNativeTests(): Promise<NativeTest[]> {
  await Deno.mkdir(OUT, { recursive: true });
  const inputs = await inputsOfTests();
  const tests: NativeTest[] = [];
  for (const source of await filesIn(TESTS, /_test\.c$/)) {
    tests.push(await buildTest(source, "plain", inputs));
    tests.push(await buildTest(source, "sanitized", inputs));
  }
  return tests;
}

/**
 * Builds a helper program of the tests, `tests/native/NAME.c`.
 *
 * @returns its path.
 * @throws {Error} when there is no compiler, or it refuses.
 */
export async function buildNativeHelper(name: string): Promise<string> {
  await Deno.mkdir(OUT, { recursive: true });
  const source = `${TESTS}/${name}.c`;
  const path = `${OUT}/${name}`;
  if (!await isFresh(path, [source, ...await inputsOfTests()])) {
    await make(path, [...COMMON, ...RELEASE, "-Ic", source]);
  }
  return path;
}

if (import.meta.main) await buildShim();
