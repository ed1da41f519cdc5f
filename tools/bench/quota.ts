/**
 * Control groups with a share of one processor, as a container with a CPU limit
 * has. Below this process's own group, version 1 or 2.
 */
import { sleep } from "../until.ts";
import { messageOf } from "../progress.ts";
import type { NotRun } from "./peers.ts";

/** Kubernetes' period. */
const PERIOD_US = 100_000;
const REMOVE_TRIES = 40;

/** A group; `await using` removes it. */
export class Quota implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a group, or says why it cannot. @param share of one processor, 0.5 for example */
  static async open(share: number): Promise<Quota | NotRun> {
    try {
      const { folder, isUnified } = findOwnGroup(
        await Deno.readTextFile("/proc/self/mounts"),
        await Deno.readTextFile("/proc/self/cgroup"),
      );
      const name = `cloudtaser-bench-${Deno.pid}-${share * 100}`;
      const quota = new Quota(`${folder}/${name}`);
      await Deno.mkdir(quota.#folder);
      try {
        await quota.#limit(Math.round(PERIOD_US * share), isUnified);
        return quota;
      } catch (error) {
        await quota[Symbol.asyncDispose]();
        throw error;
      }
    } catch (error) {
      return { notRun: `no control group: ${messageOf(error)}` };
    }
  }

  /** The file that a process joins by. */
  get procs(): string {
    return `${this.#folder}/cgroup.procs`;
  }

  async #limit(quotaUs: number, isUnified: boolean): Promise<void> {
    const write = (name: string, text: string) =>
      // Not created: in a group without the controller the file is missing.
      Deno.writeTextFile(`${this.#folder}/${name}`, text, { create: false });
    if (isUnified) return await write("cpu.max", `${quotaUs} ${PERIOD_US}`);
    await write("cpu.cfs_period_us", `${PERIOD_US}`);
    await write("cpu.cfs_quota_us", `${quotaUs}`);
  }

  /** Removed as soon as its last process has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        return await Deno.remove(this.#folder);
      } catch (error) {
        if (tries === REMOVE_TRIES) throw error;
        await sleep(50);
      }
    }
  }
}

/**
 * The folder of this process's own group in the hierarchy with the CPU
 * controller.
 *
 * @param mounts /proc/self/mounts.
 * @param groups /proc/self/cgroup.
 * @throws {Error} when there is none.
 */
export function findOwnGroup(
  mounts: string,
  groups: string,
): { readonly folder: string; readonly isUnified: boolean } {
  const mounted = mounts.split("\n").map((line) => line.split(" "));
  const pathOf = (pattern: RegExp) => pattern.exec(groups)?.[1];
  const one = mounted.find(([, , type, options = ""]) =>
    type === "cgroup" && options.split(",").includes("cpu")
  );
  const two = mounted.find(([, , type]) => type === "cgroup2");
  const [mount, path] = one
    ? [one, pathOf(/^\d+:(?:.*,)?cpu(?:,.*)?:(.*)$/m)]
    : [two, pathOf(/^0::(.*)$/m)];
  if (mount?.[1] === undefined || path === undefined) {
    throw new Error("no hierarchy with the CPU controller is mounted");
  }
  const folder = `${mount[1]}${path}`.replace(/\/$/, "");
  return { folder, isUnified: one === undefined };
}
