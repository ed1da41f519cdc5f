/**
 * `deno task test`: the tests in tests/, in lanes, with what they need built and
 * installed before. Names of groups as arguments run only these. The run fails
 * when a test fails, or when the machine is not left as it was found; with CI
 * set or as root also when a test is skipped. The last line is
 * `N passed, N failed`.
 */
import { buildHelm, buildKubernetes } from "./cluster/programs.ts";
import { compile } from "./compile.ts";
import { BUILD_PACKAGES, ensurePackages } from "./packages.ts";
import { say, step } from "./progress.ts";
import { buildShim } from "./build/shim.ts";
import {
  chooseGroups,
  type Group,
  type Job,
  orderJobs,
  readGroups,
} from "./test/groups.ts";
import { runInLanes } from "./test/lanes.ts";
import { IS_CI, MachineWatch } from "./test/machine_watch.ts";
import { ProcessWatch } from "./test/processes.ts";
import { type RunningJob, startJob } from "./test/run_job.ts";
import { Totals } from "./test/totals.ts";

const PROGRESS_MS = 30_000;

/** Lines about changes that other programs may have made. */
const MOST_CHANGES = 10;

/** More than two busy processors would be more machines than 8 GB of memory hold. */
const CAPACITY = Math.min(2, navigator.hardwareConcurrency);

/** The group whose first run builds Kubernetes: minutes, and kept in the cache. */
const CLUSTER = "cluster";

/** Every package that some test needs, so that one message can name all. */
const TEST_PACKAGES = [
  ...BUILD_PACKAGES,
  "bc",
  "bison",
  "bsdutils",
  "buildah",
  "busybox-static",
  "chromium",
  "cpio",
  "debootstrap",
  "default-jdk-headless",
  "dwarves",
  "flex",
  "fonts-dejavu-core",
  "fonts-dejavu-core",
  "golang-github-containers-common",
  "iproute2",
  "make",
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
  "socat",
  "tini",
  "xz-utils",
] as const;

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

/** Runs the jobs of the groups; `totals` has the results. */
async function runJobs(
  groups: readonly Group[],
  totals: Totals,
  folder: string,
): Promise<void> {
  const jobs = orderJobs(groups);
  using watch = new ProcessWatch();
  const machine = await MachineWatch.start(folder);
  const running = new Set<RunningJob>();
  const timer = setInterval(() =>
    totals.progress(
      [...running].map((one) => ({ job: one.job, file: one.currentFile() })),
    ), PROGRESS_MS);
  const run = async (job: Job) => {
    totals.start(job);
    if (job.group === CLUSTER) await buildCluster();
    machine.begin(job.group);
    const options = { folder, watch, isLive: jobs.length === 1 };
    const one = startJob(job, options);
    running.add(one);
    const result = await one.result;
    running.delete(one);
    await machine.end(job.group);
    await totals.end(job, result);
  };
  try {
    await runInLanes(jobs, CAPACITY, run);
  } finally {
    clearInterval(timer);
  }
  const uncertain: string[] = [];
  for (const { groups, text, isCertain } of await machine.differences()) {
    const group = groups.length === 1 ? groups[0]! : "";
    if (isCertain) totals.fail(group, { name: "left behind", text });
    else uncertain.push(text);
  }
  if (uncertain.length > 0) {
    say(`${uncertain.length} changes, perhaps by other programs:`);
    for (const text of uncertain.slice(0, MOST_CHANGES)) say(`  ${text}`);
  }
}

/** Where nothing is to be missing, a skipped test hides what it would have found. */
function failSkipped(totals: Totals): void {
  const isComplete = IS_CI || Deno.uid() === 0;
  if (totals.skipped.length === 0) return;
  if (!isComplete) {
    say("Skipped tests need root, which installs and starts what they need.");
    return;
  }
  totals.fail("", { name: "skipped", text: totals.skipped.join("\n") });
}

/** Runs the groups and returns the exit code. */
async function main(names: readonly string[]): Promise<number> {
  const groups = chooseGroups(await readGroups(), names);
  const totals = new Totals(groups);
  const folder = await Deno.makeTempDir({ prefix: "ct-test-" });
  await Deno.chmod(folder, 0o755);
  try {
    await prepare(groups);
    await runJobs(groups, totals, folder);
    failSkipped(totals);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    totals.fail("", { name: "test", text });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return totals.summarize();
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    console.log("0 passed, 1 failed");
    Deno.exit(1);
  }
}
