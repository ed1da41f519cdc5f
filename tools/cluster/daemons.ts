/** Starts the node's daemons in its control group and namespaces, each with a log file. */
import { readText } from "../proc.ts";
import { until } from "../until.ts";
import type { CommandLine } from "./components.ts";
import { spawnInGroup } from "./control_groups.ts";
import type { Files } from "./settings.ts";

const READY_MS = 10_000;

/** Folders of the cache with the node's programs. */
export interface Folders {
  /** Kubernetes. */
  readonly programs: string;
  /** containerd. */
  readonly runtime: string;
  /** Debian packages. */
  readonly packages: string;
}

/** Starts daemons of one node. */
export class Daemons {
  readonly #files: Files;
  readonly group: string;
  #holder = 0;
  /** Resolves when one of them has ended, with the end of its log. */
  readonly firstEnd: Promise<string>;
  #reportEnd: (text: string) => void = () => {};

  /** `group` is a `cgroup.procs`. */
  constructor(files: Files, group: string) {
    this.#files = files;
    this.group = group;
    this.firstEnd = new Promise((resolve) => this.#reportEnd = resolve);
  }

  /** Makes the node's namespaces and returns the process that holds them. @throws {Error} with the end of its log */
  async hold(folders: Folders, addresses: readonly string[]): Promise<number> {
    const script = new URL("node.sh", import.meta.url).pathname;
    const { programs, runtime, packages } = folders;
    const mounted = [programs, runtime, packages];
    const words = [script, this.#files.state, ...mounted, ...addresses];
    const unshare = ["unshare", "--mount", "--net", "sh", ...words];
    this.#holder = this.#spawn("node", unshare).pid;
    await this.#untilReady();
    return this.#holder;
  }

  /** Starts a daemon on the node. */
  start(name: string, command: CommandLine): void {
    const { programs, runtime, packages } = this.#files;
    const own = `${programs}:${runtime}:${packages}/usr/bin`;
    const path = `${own}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const enter = enterNode(this.#holder, ["mount", "net"]);
    this.#spawn(name, [...enter, "env", `PATH=${path}`, ...command]);
  }

  #spawn(name: string, command: CommandLine): Deno.ChildProcess {
    const log = this.#files.log(name);
    const process = spawnInGroup(this.group, log, command);
    process.status.then(() =>
      this.#reportEnd(`${name} has ended: ${tail(log)}`)
    );
    return process;
  }

  async #untilReady(): Promise<void> {
    const log = this.#files.log("node");
    if (await until(READY_MS, () => tail(log) === "ready")) return;
    throw new Error(`The node's namespaces were not ready: ${tail(log)}`);
  }
}

/** The last lines of a log. */
function tail(path: string): string {
  return readText(path).trim().split("\n").slice(-5).join("\n");
}

/** The command line prefix that runs a program in namespaces of the node. */
export function enterNode(
  holder: number,
  namespaces: readonly ("mount" | "net")[],
): string[] {
  const flags = namespaces.map((name) => `--${name}`);
  return ["nsenter", "--target", String(holder), ...flags, "--"];
}
