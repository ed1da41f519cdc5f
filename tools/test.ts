/**
 * `deno task test`: the tests in tests/, group by group, with what they need
 * built and installed before. The last line is `N passed, N failed`. Names of
 * groups as arguments run only these. It contains no test itself.
 */
import { buildHelm, buildKubernetes } from "./cluster/programs.ts";
import { compile } from "./compile.ts";
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
  "vault",
]);

/** Every package that some test needs, so that one message can name all. */
const TEST_PACKAGES = [
  ...BUILD_PACKAGES,
  "bsdutils",
  "buildah",
  "busybox-static",
  "debootstrap",
  "default-jdk-headless",
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
  failed: number;
  readonly skipped: string[];
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
    const failedBefore = totals.failed;
    count(await Deno.readTextFile(report), totals);
    // A group that does not even load, or leaks, fails without a failed test.
    if (!success && totals.failed === failedBefore) totals.failed++;
  } finally {
    await Deno.remove(report).catch(() => {});
  }
}

/** Adds what a JUnit file says; a step, `test > step`, is part of its test. */
function count(xml: string, totals: Totals): void {
  const pattern = /<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g;
  const cases = [...xml.matchAll(pattern)];
  const names = cases.map(([, name = ""]) => name);
  for (const [, name = "", body = ""] of cases) {
    if (names.some((test) => name.startsWith(`${test} &gt; `))) continue;
    if (body.includes("<skipped")) totals.skipped.push(unescape(name));
    else if (/<(?:failure|error)/.test(body)) totals.failed++;
    else totals.passed++;
  }
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll(
      "&amp;",
      "&",
    );
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

/** Runs the groups and answers the exit status. */
async function main(names: readonly string[]): Promise<number> {
  const totals: Totals = { passed: 0, failed: 0, skipped: [] };
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
    say(`test: ${error instanceof Error ? error.message : error}`);
    totals.failed++;
  }
  tellSkipped(totals.skipped);
  say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
