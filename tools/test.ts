/**
 * `deno task test`: the tests in tests/, in lanes, with what they need built and
 * installed before. Names of groups as arguments run only these. The run fails
 * when a test fails, or leaves a process, mount, pin or network interface behind;
 * with CI set also for other changes of the machine (elsewhere these are printed),
 * and there or as root when a test is skipped. The last line is
 * `N passed, N failed`.
 */
import {
  buildContainerd,
  buildHelm,
  buildKubernetes,
} from "./cluster/programs.ts";
import { compile } from "./compile.ts";
import { BUILD_PACKAGES, ensurePackages } from "./packages.ts";
import { messageOf, runMain, say, step } from "./progress.ts";
import { words } from "./run.ts";
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
import { currentFile, logOf, runJob } from "./test/run_job.ts";
import { Totals } from "./test/totals.ts";

const PROGRESS_MS = 30_000;

/** Lines about changes that other programs may have made. */
const MOST_CHANGES = 10;

/** More than two busy processors would be more machines than 8 GB of memory hold. */
const CAPACITY = Math.min(2, navigator.hardwareConcurrency);

/** The first run of this group builds Kubernetes, which takes minutes. The cache keeps it. */
const CLUSTER = "cluster";

/** Every package that some test needs, so that one message can name all. */
const TEST_PACKAGES = words(`
  bc bison bsdutils buildah busybox-static chromium cpio curl
  debian-archive-keyring debootstrap
  default-jdk-headless dwarves flex fonts-dejavu-core gcc-arm-linux-gnueabihf gdb
  git gpg gpg-agent gpgv
  golang-github-containers-common iproute2 libc6-dev-armhf-cross libclang-rt-19-dev
  make musl-tools
  netavark nginx
  openssh-client openssl php-cli postgresql procps python3-venv qemu-system-arm
  qemu-system-x86 ruby runc seccomp skopeo socat strace tini xz-utils
`);

async function prepare(groups: readonly Group[]): Promise<void> {
  const onlyUnit = groups.every(({ name }) => name === "unit");
  const more = onlyUnit ? [] : TEST_PACKAGES;
  await ensurePackages([...BUILD_PACKAGES, ...more]);
  await step("building the shim", buildShim);
  if (!onlyUnit) await step("building the binary", () => compile());
  if (groups.some(({ name }) => name.startsWith("arm64"))) {
    await compile({ arch: "aarch64" });
  }
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
  const running = new Set<Job>();
  const timer = setInterval(() =>
    totals.progress(
      [...running].map((job) => currentFile(job, folder) || job.name),
    ), PROGRESS_MS);
  const run = async (job: Job) => {
    totals.start(job);
    // Before its tests, so that its time is not theirs. Only root runs them.
    if (job.group === CLUSTER && Deno.uid() === 0) {
      await buildKubernetes();
      await buildContainerd();
      await buildHelm();
    }
    machine.begin(job.group);
    running.add(job);
    const isLive = jobs.length === 1;
    const result = await runJob(job, { folder, watch, isLive });
    running.delete(job);
    await machine.end(job.group);
    totals.end(job, result, logOf(job, folder));
  };
  try {
    await runInLanes(jobs, CAPACITY, run);
  } finally {
    clearInterval(timer);
  }
  await failChanges(machine, totals);
}

async function failChanges(
  machine: MachineWatch,
  totals: Totals,
): Promise<void> {
  const differences = await machine.differences();
  for (const { groups, text, isCertain } of differences) {
    const group = groups.length === 1 ? groups[0]! : "";
    if (isCertain) totals.fail(group, { name: "left behind", text });
  }
  const others = differences.filter(({ isCertain }) => !isCertain);
  if (others.length === 0) return;
  say(`${others.length} changes, perhaps by other programs:`);
  for (const { text } of others.slice(0, MOST_CHANGES)) say(`  ${text}`);
}

/** In CI and as root everything can run, so a skipped test is a failure. */
function failSkipped(totals: Totals): void {
  if (totals.skipped.length === 0) return;
  if (IS_CI || Deno.uid() === 0) {
    totals.fail("", { name: "skipped", text: totals.skipped.join("\n") });
  } else {
    say("Skipped tests need root, which installs and starts what they need.");
  }
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
    totals.fail("", { name: "test", text: messageOf(error) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return totals.summarize();
}

if (import.meta.main) {
  await runMain("test", () =>
    main(Deno.args).catch((error) => {
      say(messageOf(error));
      console.log("0 passed, 1 failed");
      return 1;
    }));
}
