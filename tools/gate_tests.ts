/**
 * Builds the tests of the enforcer's half that knows no BPF, the gate.
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
import type { NativeTest } from "./shim.ts";

const SELF = new URL(import.meta.url).pathname;

/** The half that knows no BPF; the other stands behind c/enforcer/enforce.h. */
const GATE_UNITS = [
  "commands",
  "connections",
  "door",
  "gate",
  "install",
  "json",
  "listener",
  "options",
  "own_file",
  "peer",
  "request",
  "serve",
  "tell",
  "tell_event",
  "wire",
] as const;

const TESTS = "tests/native/enforcer";

/**
 * Builds every `tests/native/enforcer/*_test.c` twice, with the gate and a fake
 * of what it stands before.
 *
 * @throws {Error} when there is no compiler, or it refuses.
 */
export async function buildGateTests(): Promise<NativeTest[]> {
  await Deno.mkdir(OUT, { recursive: true });
  const shared = [
    ...GATE_UNITS.map((unit) => `c/enforcer/${unit}.c`),
    `${TESTS}/fake_enforce.c`,
  ];
  const inputs = [
    SELF,
    ...shared.map((path) => ROOT + path),
    ...await filesIn(`${ROOT}c/enforcer`, /\.h$/),
    ...await filesIn(`${ROOT}c/bpf`, /\.h$/),
    ...await filesIn(`${ROOT}${TESTS}`, /\.h$/),
    ...await filesIn(`${ROOT}tests/native`, /\.h$/),
  ];
  const tests: NativeTest[] = [];
  for (const source of await filesIn(`${ROOT}${TESTS}`, /_test\.c$/)) {
    for (const build of ["plain", "sanitized"] as const) {
      const name = source.replace(/^.*\/|\.c$/g, "");
      const path = `${OUT}/${name}.${build}`;
      tests.push({ name, build, path });
      if (await isFresh(path, [source, ...inputs])) continue;
      const flags = build === "plain" ? RELEASE : SANITIZED;
      const include = ["-DPATIENCE_MS=1500", "-Ic/enforcer", `-I${TESTS}`];
      await make(path, [...COMMON, ...flags, ...include, source, ...shared]);
    }
  }
  return tests;
}
