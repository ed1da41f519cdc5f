/**
 * Compares the machine before the tests and after them. The groups that ran when
 * a change was first seen are named with it.
 */
import { compareStates, readMachineState } from "./machine_state.ts";

/** The tests are all that this machine does. */
export const IS_CI = Deno.env.has("CI");

/** What is about to go away gets this long. */
const GRACE_MS = 5000;

/** Other programs of a machine that people use do not make these. */
const CERTAIN = /^(missing: )?(pin|mount|network interface) /;

/** One change that is still there at the end. */
export interface Difference {
  readonly text: string;
  /** False: another program may have made it, where this machine has other work than the tests. */
  readonly isCertain: boolean;
  /** One of them made it. */
  readonly groups: readonly string[];
}

/** A comparison in progress. */
export class MachineWatch {
  readonly #own: string;
  readonly #before: ReadonlySet<string>;
  /** Groups by change, from the first time that it was seen. */
  readonly #seen = new Map<string, readonly string[]>();
  readonly #running: string[] = [];
  /** Groups that ran at some time since the last comparison. */
  #since = new Set<string>();

  private constructor(own: string, before: ReadonlySet<string>) {
    this.#own = own;
    this.#before = before;
  }

  /** Reads the state to compare with. `own` is a path that does not count. */
  static async start(own: string): Promise<MachineWatch> {
    return new MachineWatch(own, await readMachineState(own));
  }

  begin(group: string): void {
    this.#running.push(group);
    this.#since.add(group);
  }

  /** Compares, so that what is new can be the work of few groups only. */
  async end(group: string): Promise<void> {
    await this.#compare();
    this.#running.splice(this.#running.indexOf(group), 1);
    this.#since = new Set(this.#running);
  }

  /** What differs after all groups. */
  async differences(graceMs = GRACE_MS): Promise<Difference[]> {
    const deadline = Date.now() + graceMs;
    let changes = await this.#compare();
    while (changes.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      changes = await this.#compare();
    }
    return changes.map((text) => {
      const groups = this.#seen.get(text) ?? [];
      const since = groups.length > 0
        ? `since ${groups.join(" or ")}`
        : "while no group ran";
      return {
        groups,
        isCertain: IS_CI || CERTAIN.test(text),
        text: `${text}; ${since}`,
      };
    });
  }

  async #compare(): Promise<string[]> {
    const changes = compareStates(
      this.#before,
      await readMachineState(this.#own),
    );
    for (const change of changes) {
      if (!this.#seen.has(change)) this.#seen.set(change, [...this.#since]);
    }
    return changes;
  }
}
