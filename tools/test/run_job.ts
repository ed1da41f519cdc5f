/**
 * Runs one job: a `deno test` process with a TMPDIR of its own, whose output goes
 * to a file, so that jobs that run at once do not mix theirs.
 */
import { type Failure, readJunit } from "./junit.ts";
import type { Job } from "./groups.ts";
import type { ProcessWatch } from "./processes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Test files of a job that run at once: most of them wait most of the time. */
const PARALLEL: Readonly<Record<string, number>> = { unit: 2 };

/** What became of one job. */
export interface JobResult {
  readonly passed: number;
  readonly skipped: readonly string[];
  readonly failures: readonly Failure[];
  /** Path of the file with its output; undefined when it went to the terminal. */
  readonly log: string | undefined;
}

/** A job that runs. */
export interface RunningJob {
  readonly job: Job;
  readonly result: Promise<JobResult>;
  /** Name of the test file that started last; "" before the first. */
  currentFile(): string;
}

/** Where and how to run it. */
export interface JobOptions {
  /** Holds the job's TMPDIR, output and JUnit report. */
  readonly folder: string;
  readonly watch: ProcessWatch;
  /** Output goes to this process's own stdout and stderr. */
  readonly isLive: boolean;
}

/** Starts it. `result` does not reject for failed tests. */
export function startJob(job: Job, options: JobOptions): RunningJob {
  const log = options.isLive ? undefined : `${options.folder}/${job.name}.log`;
  return {
    job,
    result: run(job, log, options),
    currentFile: () => log === undefined ? "" : lastFile(log),
  };
}

async function run(
  job: Job,
  log: string | undefined,
  { folder, watch }: JobOptions,
): Promise<JobResult> {
  const temporary = `${folder}/${job.name}`;
  const report = `${folder}/${job.name}.xml`;
  await Deno.mkdir(temporary);
  // Like /tmp: tests run programs as other users.
  await Deno.chmod(temporary, 0o1777);
  const jobs = PARALLEL[job.group];
  const child = new Deno.Command("sh", {
    args: [
      ...["-c", log === undefined ? 'exec "$@"' : `exec "$@" >'${log}' 2>&1`],
      ...["sh", Deno.execPath(), "test", "-A", `--junit-path=${report}`],
      ...jobs === undefined ? [] : ["--parallel"],
      ...job.paths,
    ],
    cwd: ROOT,
    env: { TMPDIR: temporary, ...jobs && { DENO_JOBS: `${jobs}` } },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  watch.follow(child.pid, job.name);
  const { success } = await child.status;
  const { passed, skipped, failures } = readJunit(
    await Deno.readTextFile(report).catch(() => ""),
  );
  const left = [
    ...await watch.endLeft(job.name, temporary),
    ...await removeLeft(temporary),
  ];
  const more = left.map((what) => ({ name: job.name, text: `left ${what}` }));
  // Tests that do not even load fail without a failed test.
  if (!success && failures.length === 0) {
    more.push({ name: job.name, text: "deno test failed; see its output" });
  }
  return { passed, skipped, failures: [...failures, ...more], log };
}

/** Deletes a job's TMPDIR and describes what was in it. */
async function removeLeft(folder: string): Promise<string[]> {
  const left = [...Deno.readDirSync(folder)].map((entry) =>
    describe(folder, entry)
  );
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  return left;
}

function describe(folder: string, { name, isDirectory }: Deno.DirEntry) {
  if (!isDirectory) return `file ${name}`;
  const inside = [...Deno.readDirSync(`${folder}/${name}`)].map((e) => e.name);
  const some = inside.slice(0, 3).join(", ");
  return `folder ${name} (${inside.length === 0 ? "empty" : some})`;
}

function lastFile(log: string): string {
  try {
    const text = Deno.readTextFileSync(log);
    const [last] = [...text.matchAll(/running \d+ tests? from (\S+)/g)].slice(
      -1,
    );
    // deno-lint-ignore no-control-regex -- Deno's colours
    return last?.[1]?.replaceAll(/\x1b\[\d+m/g, "").replace("./tests/", "") ??
      "";
  } catch {
    return "";
  }
}
