/**
 * Adds up the results of jobs, prints a line when a group starts and ends and
 * while it runs, and the summary. It starts nothing.
 */
import type { Failure } from "./junit.ts";
import { readText } from "../proc.ts";
import { say } from "../progress.ts";
import type { Group, Job } from "./groups.ts";
import { type JobResult, withoutColours } from "./run_job.ts";

/** How to run a group again. */
const COMMAND = "tools/deno task test";

/** A group that has started. */
interface Progress {
  /** `[1/9] unit` */
  readonly label: string;
  readonly started: number;
  readonly results: JobResult[];
}

/** The state of one run. */
export class Totals {
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #progress = new Map<string, Progress>();
  readonly #failures: { group: string; failure: Failure }[] = [];
  readonly #started = performance.now();
  readonly skipped: string[] = [];
  #passed = 0;

  constructor(groups: readonly Group[]) {
    this.#groups = new Map(groups.map((group) => [group.name, group]));
  }

  /** A job starts; the first of a group prints a line. */
  start({ group }: Job): void {
    if (this.#progress.has(group)) return;
    const number = this.#progress.size + 1;
    const label = `[${number}/${this.#groups.size}] ${group}`;
    this.#progress.set(group, {
      label,
      started: performance.now(),
      results: [],
    });
    say(`${label} started`);
  }

  /** A job ended: prints the output of one that failed, and the group's result after its last job. */
  end({ group }: Job, result: JobResult, log: string): void {
    const { label, started, results } = this.#progress.get(group)!;
    results.push(result);
    this.#passed += result.passed;
    this.skipped.push(...result.skipped);
    for (const failure of result.failures) this.fail(group, failure);
    if (result.failures.length > 0) {
      const text = readText(log);
      say(Deno.stderr.isTerminal() ? text : withoutColours(text));
    }
    if (results.length < this.#groups.get(group)!.jobs.length) return;
    const passed = results.reduce((sum, one) => sum + one.passed, 0);
    const failed = results.reduce((sum, one) => sum + one.failures.length, 0);
    const time = secondsSince(started);
    say(`${label}: ${passed} passed, ${failed} failed, ${time} s`);
  }

  /** Names what runs. */
  progress(running: readonly string[]): void {
    say(`  ${secondsSince(this.#started)} s: ${running.join(", ")}`);
  }

  /** A failure of a group, or of the whole run: then `group` is "". */
  fail(group: string, failure: Failure): void {
    this.#failures.push({ group, failure });
  }

  /** Prints the summary, on stdout as its last line the totals. Returns the exit code. */
  summarize(): number {
    if (this.skipped.length > 0) say(`${this.skipped.length} skipped:`);
    for (const name of this.skipped) say(`  ${name}`);
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
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(0);
}
