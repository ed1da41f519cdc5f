/**
 * Runs one job: a `deno test` process with a TMPDIR of its own, whose output goes
 * to a file, so that the outputs of jobs that run at once do not mix.
 */
import { filesBelow, ROOT } from "../build/c.ts";
import { readText } from "../proc.ts";
import { type Failure, readJunit } from "./junit.ts";
import type { Job } from "./groups.ts";
import type { ProcessWatch } from "./processes.ts";

/** Test files of a job that run at once: most of them wait most of the time. */
const PARALLEL: Readonly<Record<string, number>> = { unit: 2 };

/** The result of one job. */
export interface JobResult {
  readonly passed: number;
  readonly skipped: readonly string[];
  readonly failures: readonly Failure[];
}

/** Where and how to run it. */
export interface JobOptions {
  /** Holds the job's TMPDIR, output and JUnit report. */
  readonly folder: string;
  readonly watch: ProcessWatch;
  /** Output goes to this process's own stdout and stderr. */
  readonly isLive: boolean;
}

/** The file with the job's output; it does not exist when that is live. */
export function logOf(job: Job, folder: string): string {
  return `${folder}/${job.name}.log`;
}

/** Runs it to its end. Does not reject for failed tests. */
export async function runJob(
  job: Job,
  { folder, watch, isLive }: JobOptions,
): Promise<JobResult> {
  const temporary = `${folder}/${job.name}`;
  const report = `${temporary}.xml`;
  await Deno.mkdir(temporary);
  // Like /tmp: tests run programs as other users.
  await Deno.chmod(temporary, 0o1777);
  const jobs = PARALLEL[job.group];
  const script = isLive
    ? 'shift; exec "$@"'
    : 'exec >"$1" 2>&1; shift; exec "$@"';
  const child = new Deno.Command("sh", {
    args: [
      ...["-c", script, "sh", logOf(job, folder)],
      ...[Deno.execPath(), "test", "-A", `--junit-path=${report}`],
      ...jobs === undefined ? [] : ["--parallel"],
      ...job.paths,
    ],
    cwd: ROOT,
    env: { TMPDIR: temporary, ...jobs && { DENO_JOBS: `${jobs}` } },
    stdin: "null",
  }).spawn();
  watch.follow(child.pid, job.name);
  const { success } = await child.status;
  const outcome = readJunit(readText(report));
  const problems = [
    ...await watch.endLeft(job.name, temporary),
    ...await removeLeft(temporary),
  ].map((what) => `left ${what}`);
  // A file may exit before its tests, and `deno test` goes on without them.
  const silent = isLive ? [] : await silentFiles(job, folder, outcome.files);
  problems.push(...silent.map((file) => `no test of ${file} ran`));
  if (!success && outcome.failures.length + silent.length === 0) {
    problems.push("deno test failed; see its output");
  }
  const more = problems.map((text) => ({ name: job.name, text }));
  return { ...outcome, failures: [...outcome.failures, ...more] };
}

/**
 * Test files without a trace. The report has a test under the file that calls
 * `Deno.test`, which may be a helper; the log names files that began.
 */
async function silentFiles(
  job: Job,
  folder: string,
  reported: readonly string[],
): Promise<string[]> {
  const log = withoutColours(readText(logOf(job, folder)));
  const files = await Promise.all(job.paths.map(async (path) => {
    if (path.endsWith(".ts")) return [path];
    const below = await filesBelow(ROOT + path, /_test\.ts$/);
    return below.map((file) => file.slice(ROOT.length));
  }));
  return files.flat().filter((file) =>
    !reported.includes(file) && !log.includes(` from ./${file}`) &&
    !log.includes(`./${file} => `)
  );
}

/** Deletes a job's TMPDIR and describes its content. */
async function removeLeft(folder: string): Promise<string[]> {
  const left = [...Deno.readDirSync(folder)].map(({ name, isDirectory }) => {
    if (!isDirectory) return `file ${name}`;
    const inside = [...Deno.readDirSync(`${folder}/${name}`)].slice(0, 3);
    const names = inside.map((entry) => entry.name).join(", ");
    return `folder ${name} (${names || "empty"})`;
  });
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  return left;
}

/** Name of the job's test file that started last; "" before the first. */
export function currentFile(job: Job, folder: string): string {
  const starts = withoutColours(readText(logOf(job, folder)))
    .matchAll(/running \d+ tests? from \.\/tests\/(\S+)/g);
  return [...starts].at(-1)?.[1] ?? "";
}

/** Output of Deno without its colours. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- escape sequences
  return text.replaceAll(/\x1b\[[\d;]*m/g, "");
}
