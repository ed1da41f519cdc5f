/**
 * Compares the machine before the tests and after them. The groups that ran when
 * a change was first seen are named with it.
 */
import { compareStates, readMachineState } from "./machine_state.ts";
import { until } from "../until.ts";

/** The tests are all that this machine does. */
export const IS_CI = Deno.env.has("CI");

/** Time for things that go away by themselves. */
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

  /** Compares, so that a new change can be the work of few groups only. */
  async end(group: string): Promise<void> {
    await this.#compare();
    this.#running.splice(this.#running.indexOf(group), 1);
    this.#since = new Set(this.#running);
  }

  /** Differences after all groups. */
  async differences(graceMs = GRACE_MS): Promise<Difference[]> {
    let changes: string[] = [];
    await until(graceMs, async () => {
      changes = await this.#compare();
      return changes.length === 0;
    }, 250);
    return changes.map((change) => {
      const groups = this.#seen.get(change) ?? [];
      const names = groups.join(" or ");
      const since = names === "" ? "while no group ran" : `since ${names}`;
      const isCertain = IS_CI || CERTAIN.test(change);
      return { groups, isCertain, text: `${change}; ${since}` };
    });
  }

  async #compare(): Promise<string[]> {
    const after = await readMachineState(this.#own);
    const changes = compareStates(this.#before, after);
    for (const change of changes) {
      if (!this.#seen.has(change)) this.#seen.set(change, [...this.#since]);
    }
    return changes;
  }
}
