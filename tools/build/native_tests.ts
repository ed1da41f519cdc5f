/** Builds the C tests of tests/native, each plain and with sanitizers. */
import {
  COMMON,
  filesBelow,
  filesIn,
  makeFresh,
  outOf,
  RELEASE,
  ROOT,
  SANITIZED,
} from "./c.ts";
import { words } from "../run.ts";
import { NOW, SHIM_SOURCES, sourcesOfShim } from "./shim.ts";
import { type Arch, HOST } from "./target.ts";

const SELF = new URL(import.meta.url).pathname;
const TESTS = "tests/native";
const ENFORCER_TESTS = `${TESTS}/enforcer`;

/** AddressSanitizer maps terabytes writable, through which a scan would walk. */
const NOT_UNDER_ASAN: ReadonlySet<string> = new Set(["scan_test"]);
const MODES = {
  plain: RELEASE,
  sanitized: SANITIZED,
  ubsan: words("-O1 -g -fsanitize=undefined -fno-sanitize-recover=all"),
} as const;

/** On arm64 AddressSanitizer has its memory where arenas are (c/low_memory.c): only the plain builds run there. */
const BUILDS = ["plain", "sanitized"] as const;

/** The units of the enforcer without BPF; fake_enforce.c replaces the others. */
export const ENFORCER_UNITS = words(`
  connections/accept connections/connections connections/listener
  connections/peer connections/request connections/wrapper_requests commands
  node_files/executable node_files/install options serve wire/event_encoder
  wire/json wire/message_encoder wire/wire
`);

/** A native test program, in one of its two builds. */
export interface NativeTest {
  readonly name: string;
  readonly build: "plain" | "sanitized";
  readonly path: string;
}

/** The tests of one folder, and what they are linked with. */
interface Suite {
  readonly folder: string;
  readonly flags: readonly string[];
  readonly units: readonly string[];
  /** Everything that they depend on. */
  readonly inputs: readonly string[];
}

/** Builds every `tests/native/*_test.c` with the shim. @throws {Error} with the compiler's messages */
export async function buildNativeTests(
  arch: Arch = HOST,
): Promise<NativeTest[]> {
  return await buildAll(arch, {
    folder: TESTS,
    flags: [NOW, "-Ic"],
    units: SHIM_SOURCES,
    inputs: await inputsOfTests(),
  });
}

/** Builds every `tests/native/enforcer/*_test.c` with the enforcer and a fake of its BPF half. */
export async function buildEnforcerTests(
  arch: Arch = HOST,
): Promise<NativeTest[]> {
  const flags = [
    "-DCONNECTION_TIMEOUT_MS=1500",
    // An emulated processor is slow; that it answers before the timeout is all it can show.
    ...(arch === HOST ? [] : ["-DAT_ONCE_MS=300"]),
    ...["-iquote", "c", "-iquote", ENFORCER_TESTS],
  ];
  const units = [
    ...ENFORCER_UNITS.map((unit) => `c/enforcer/${unit}.c`),
    `${ENFORCER_TESTS}/fake_enforce.c`,
  ];
  const folders = ["c/enforcer", "c/bpf", TESTS];
  const included = folders.map((folder) =>
    filesBelow(`${ROOT}${folder}`, /\.h$|\/maps\.c$/)
  );
  const inputs = [
    ...units.map((path) => ROOT + path),
    ...(await Promise.all(included)).flat(),
    SELF,
  ];
  return await buildAll(arch, { folder: ENFORCER_TESTS, flags, units, inputs });
}

async function inputsOfTests(): Promise<string[]> {
  const headers = await filesIn(`${ROOT}${TESTS}`, /\.h$/);
  return [...await sourcesOfShim(), ...headers, SELF];
}

async function buildAll(
  arch: Arch,
  { folder, flags, units, inputs }: Suite,
): Promise<NativeTest[]> {
  const out = outOf(arch);
  const builds = arch === HOST ? BUILDS : BUILDS.slice(0, 1);
  const tests: NativeTest[] = [];
  for (const source of await filesIn(`${ROOT}${folder}`, /_test\.c$/)) {
    for (const build of builds) {
      const name = source.replace(/^.*\/|\.c$/g, "");
      const path = `${out}/${name}.${build}`;
      tests.push({ name, build, path });
      const mode = modeOf(name, build);
      const all = [...COMMON, ...MODES[mode], ...flags];
      // All units in one object file: compiled once for a mode, not once for a test.
      const object = `${out}/${folder.replaceAll("/", "_")}.${mode}.o`;
      await makeFresh(object, inputs, [...all, "-r", ...units], arch);
      await makeFresh(path, [source, object], [...all, source, object], arch);
    }
  }
  return tests;
}

function modeOf(name: string, build: NativeTest["build"]): keyof typeof MODES {
  if (build === "plain") return "plain";
  return NOT_UNDER_ASAN.has(name) ? "ubsan" : "sanitized";
}
