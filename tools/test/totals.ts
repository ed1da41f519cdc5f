/**
 * Adds up jobs to groups, prints a line when a group starts and ends and while
 * it runs, and the summary. It starts nothing.
 */
import type { Failure } from "./junit.ts";
import { say } from "../progress.ts";
import type { Group, Job } from "./groups.ts";
import type { JobResult } from "./run_job.ts";

/** How to run a group again. */
const COMMAND = "npx -y deno@2.9.6 task test";

interface Progress {
  readonly number: number;
  readonly group: Group;
  readonly results: JobResult[];
  started: number;
}

/** The state of one run. */
export class Totals {
  readonly #groups = new Map<string, Progress>();
  readonly #failures: { group: string; failure: Failure }[] = [];
  readonly #skipped: string[] = [];
  readonly #started = performance.now();
  #passed = 0;
  #begun = 0;

  constructor(groups: readonly Group[]) {
    groups.forEach((group) =>
      this.#groups.set(group.name, {
        number: 0,
        group,
        results: [],
        started: 0,
      })
    );
  }

  /** A job starts; the first of a group prints a line. */
  start({ group }: Job): void {
    const found = this.#groups.get(group);
    if (!found || found.started > 0) return;
    found.started = performance.now();
    this.#groups.set(group, { ...found, number: ++this.#begun });
    say(`${this.#label(group)} started`);
  }

  /** A job ended; the last of a group prints the group's result. */
  async end({ group }: Job, result: JobResult): Promise<void> {
    const found = this.#groups.get(group);
    if (!found) return;
    found.results.push(result);
    this.#passed += result.passed;
    this.#skipped.push(...result.skipped);
    for (const failure of result.failures) this.fail(group, failure);
    if (result.failures.length > 0) await printLog(result);
    if (found.results.length < found.group.jobs.length) return;
    const passed = sum(found.results.map((one) => one.passed));
    const failed = sum(found.results.map((one) => one.failures.length));
    const seconds = secondsSince(found.started);
    say(
      `${this.#label(group)}: ${passed} passed, ${failed} failed, ${seconds} s`,
    );
  }

  /** What runs, for a person who waits. */
  progress(running: readonly { job: Job; file: string }[]): void {
    const what = running.map(({ job, file }) => file || job.name).join(", ");
    say(`  ${secondsSince(this.#started)} s: ${what}`);
  }

  /** A failure of a group, or of the whole run: then `group` is "". */
  fail(group: string, failure: Failure): void {
    this.#failures.push({ group, failure });
  }

  /** The names of all skipped tests. */
  get skipped(): readonly string[] {
    return this.#skipped;
  }

  /** Prints the summary, on stdout as its last line the totals. Returns the exit code. */
  summarize(): number {
    if (this.#skipped.length > 0) say(`${this.#skipped.length} skipped:`);
    for (const name of this.#skipped) say(`  ${name}`);
    if (this.#failures.length > 0) say(`${this.#failures.length} failed:`);
    for (const { group, failure: { name, text } } of this.#failures) {
      say(`  ${group && group !== name ? `${group}: ` : ""}${name}`);
      for (const line of text.split("\n")) say(`    ${line}`);
    }
    const again = new Set(this.#failures.map(({ group }) => group));
    again.delete("");
    if (again.size > 0) say(`run again: ${COMMAND} ${[...again].join(" ")}`);
    say(`${secondsSince(this.#started)} s`);
    console.log(`${this.#passed} passed, ${this.#failures.length} failed`);
    return this.#failures.length === 0 && this.#passed > 0 ? 0 : 1;
  }

  #label(group: string): string {
    const number = this.#groups.get(group)?.number;
    return `[${number}/${this.#groups.size}] ${group}`;
  }
}

/** The whole output of a job that failed. */
async function printLog({ log }: JobResult): Promise<void> {
  if (log === undefined) return;
  const text = await Deno.readTextFile(log).catch(() => "");
  say(Deno.stderr.isTerminal() ? text : withoutColours(text));
}

function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- Deno's colours
  return text.replaceAll(/\x1b\[[\d;]*m/g, "");
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
