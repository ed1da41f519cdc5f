/** Builds the C tests of tests/native, each plain and with sanitizers. */
import {
  COMMON,
  filesBelow,
  filesIn,
  makeFresh,
  OUT,
  RELEASE,
  ROOT,
  SANITIZED,
} from "./c.ts";
import { words } from "../run.ts";
import { NOW, SHIM_SOURCES, sourcesOfShim } from "./shim.ts";

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

/** The units of the enforcer without BPF; fake_enforce.c replaces the others. */
const ENFORCER_UNITS = words(`
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

/** Builds every `tests/native/*_test.c` with the shim. @throws {Error} with the compiler's messages */
export async function buildNativeTests(): Promise<NativeTest[]> {
  const flags = [NOW, "-Ic"];
  return await buildAll(TESTS, flags, SHIM_SOURCES, await inputsOfTests());
}

/** Builds every `tests/native/enforcer/*_test.c` with the enforcer and a fake of its BPF half. */
export async function buildEnforcerTests(): Promise<NativeTest[]> {
  const flags = [
    "-DCONNECTION_TIMEOUT_MS=1500",
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
  return await buildAll(ENFORCER_TESTS, flags, units, [
    ...units.map((path) => ROOT + path),
    ...(await Promise.all(included)).flat(),
    SELF,
  ]);
}

async function inputsOfTests(): Promise<string[]> {
  const headers = await filesIn(`${ROOT}${TESTS}`, /\.h$/);
  return [...await sourcesOfShim(), ...headers, SELF];
}

async function buildAll(
  folder: string,
  flags: readonly string[],
  units: readonly string[],
  inputs: readonly string[],
): Promise<NativeTest[]> {
  const tests: NativeTest[] = [];
  for (const source of await filesIn(`${ROOT}${folder}`, /_test\.c$/)) {
    for (const build of ["plain", "sanitized"] as const) {
      const name = source.replace(/^.*\/|\.c$/g, "");
      const path = `${OUT}/${name}.${build}`;
      tests.push({ name, build, path });
      const mode = modeOf(name, build);
      const all = [...COMMON, ...MODES[mode], ...flags];
      // All units in one object file: compiled once for a mode, not once for a test.
      const object = `${OUT}/${folder.replaceAll("/", "_")}.${mode}.o`;
      await makeFresh(object, inputs, [...all, "-r", ...units]);
      await makeFresh(path, [source, object], [...all, source, object]);
    }
  }
  return tests;
}

function modeOf(name: string, build: NativeTest["build"]): keyof typeof MODES {
  if (build === "plain") return "plain";
  return NOT_UNDER_ASAN.has(name) ? "ubsan" : "sanitized";
}
