/**
 * `deno task test`: the tests in tests/, group by group, with what they need
 * built and installed before. The last line is `N passed, N failed`. Names of
 * groups as arguments run only these. It contains no test itself.
 */
import { buildHelm, buildKubernetes } from "./cluster/programs.ts";
import { compile } from "./compile.ts";
import { type Failure, readJunit } from "./junit.ts";
import { BUILD_PACKAGES, ensurePackages } from "./packages.ts";
import { say, step } from "./progress.ts";
import { buildShim } from "./shim.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const TESTS = `${ROOT}tests`;

/** Folders of tests/ that hold no tests. */
const NO_TESTS = new Set(["support", "testdata"]);

/** The group whose first run builds Kubernetes: minutes, and kept in the cache. */
const CLUSTER = "cluster";

/** Fast and without privilege, binary or server: one group. Every other folder is a group of its own. */
const UNIT = new Set([
  "agent",
  "app",
  "architecture",
  "base",
  "commands",
  "config",
  "courier",
  "evidence",
  "herald",
  "lease",
  "memory",
  "probe",
  "process",
  "report",
  "score",
  "seal",
  "tools",
  "vault",
]);

/** Every package that some test needs, so that one message can name all. */
const TEST_PACKAGES = [
  ...BUILD_PACKAGES,
  "bsdutils",
  "buildah",
  "busybox-static",
  "chromium",
  "debootstrap",
  "default-jdk-headless",
  "fonts-dejavu-core",
  "golang-github-containers-common",
  "iproute2",
  "musl-tools",
  "netavark",
  "nginx",
  "openssl",
  "php-cli",
  "postgresql",
  "procps",
  "python3-venv",
  "qemu-system-x86",
  "ruby",
  "runc",
  "tini",
  "xz-utils",
] as const;

interface Group {
  readonly name: string;
  readonly folders: readonly string[];
}

interface Totals {
  passed: number;
  readonly skipped: string[];
  readonly failures: Failure[];
}

/** The groups in the order in which they run: quick ones first, so that one learns early. */
async function readGroups(): Promise<Group[]> {
  const unit: string[] = [];
  const others: Group[] = [];
  for await (const { name, isDirectory } of Deno.readDir(TESTS)) {
    if (!isDirectory || NO_TESTS.has(name)) continue;
    if (!await hasTests(`${TESTS}/${name}`)) continue;
    const folder = `tests/${name}`;
    if (UNIT.has(name)) unit.push(folder);
    else others.push({ name, folders: [folder] });
  }
  others.sort((a, b) =>
    rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1)
  );
  return [{ name: "unit", folders: unit.sort() }, ...others];
}

/** What runs first, after the unit tests; and what runs last. */
const [FIRST, LAST] = [["ffi", "binary"], ["enforcement", CLUSTER]];

function rank(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length + 1 + LAST.indexOf(name) : at;
}

async function hasTests(folder: string): Promise<boolean> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith("_test.ts")) return true;
    if (entry.isDirectory && await hasTests(`${folder}/${entry.name}`)) {
      return true;
    }
  }
  return false;
}

/** Runs one group with Deno's own reporter on the terminal, and counts by its JUnit file. */
async function runGroup(group: Group, totals: Totals): Promise<void> {
  const report = await Deno.makeTempFile({ prefix: "cloudtaser-junit-" });
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", `--junit-path=${report}`, ...group.folders],
      cwd: ROOT,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    const { passed, skipped, failures } = readJunit(
      await Deno.readTextFile(report),
    );
    totals.passed += passed;
    totals.skipped.push(...skipped);
    totals.failures.push(...failures);
    // A group that does not even load fails without a failed test.
    if (!success && failures.length === 0) {
      totals.failures.push({ name: group.name, text: "see its output above" });
    }
  } finally {
    await Deno.remove(report).catch(() => {});
  }
}

async function prepare(groups: readonly Group[]): Promise<void> {
  const onlyUnit = groups.every(({ name }) => name === "unit");
  await ensurePackages(onlyUnit ? BUILD_PACKAGES : TEST_PACKAGES);
  await step("building the shim", buildShim);
  if (!onlyUnit) await step("building the binary", () => compile());
}

/** Before its tests, so that its time is not theirs. Only root runs them. */
async function buildCluster(): Promise<void> {
  if (Deno.uid() !== 0) return;
  await buildKubernetes();
  await buildHelm();
}

function choose(groups: readonly Group[], names: readonly string[]): Group[] {
  if (names.length === 0) return [...groups];
  const unknown = names.find((name) => groups.every((g) => g.name !== name));
  if (unknown !== undefined) {
    const known = groups.map(({ name }) => name).join(", ");
    throw new Error(`Unknown group "${unknown}": there are ${known}`);
  }
  return groups.filter(({ name }) => names.includes(name));
}

function tellSkipped(skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  say(`${skipped.length} skipped:`);
  for (const name of skipped) say(`  ${name}`);
}

/** Again at the end, where whoever has only the end of a long log still finds it. */
function tellFailed(failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  say(`${failures.length} failed:`);
  for (const { name, text } of failures) {
    say(`  ${name}`);
    for (const line of text.split("\n")) say(`    ${line}`);
  }
}

/** Runs the groups and answers the exit status. */
async function main(names: readonly string[]): Promise<number> {
  const totals: Totals = { passed: 0, skipped: [], failures: [] };
  const started = performance.now();
  try {
    const groups = choose(await readGroups(), names);
    await prepare(groups);
    for (const [index, group] of groups.entries()) {
      say(`\n[${index + 1}/${groups.length}] ${group.name}`);
      if (group.name === CLUSTER) await buildCluster();
      await runGroup(group, totals);
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    totals.failures.push({ name: "test", text });
  }
  const { passed, skipped, failures } = totals;
  tellSkipped(skipped);
  tellFailed(failures);
  say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
