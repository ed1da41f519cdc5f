/**
 * Starts what runs on the node: each inside the cluster's control group and the
 * node's namespaces, with a log file of its own, in a session of its own so
 * that a terminal's Ctrl-C does not reach it.
 */
import type { CommandLine } from "./components.ts";
import type { Files } from "./settings.ts";

/** Enters the group first: everything that is born later is born in it. */
const SCRIPT = 'echo $$ >"$1" && log=$2 && shift 2 && exec "$@" >>"$log" 2>&1';

/** Starts daemons of one node. */
export class Daemons {
  readonly #files: Files;
  readonly #group: string;
  #holder = 0;
  /** Resolves when one of them has ended, with its last words. */
  readonly firstEnd: Promise<string>;
  #tellEnd: (text: string) => void = () => {};

  /** `group` is a `cgroup.procs`. */
  constructor(files: Files, group: string) {
    this.#files = files;
    this.#group = group;
    this.firstEnd = new Promise((resolve) => this.#tellEnd = resolve);
  }

  /** Makes the node's namespaces. @throws {Error} with what the script said */
  async hold(programs: string, packages: string, more: readonly string[]) {
    const script = new URL("node.sh", import.meta.url).pathname;
    const words = [script, this.#files.state, programs, packages, ...more];
    const unshare = ["unshare", "--mount", "--net", "sh", ...words];
    this.#holder = this.#spawn("node", unshare).pid;
    await this.#saysReady();
    return this.#holder;
  }

  /** Starts a daemon on the node. */
  start(name: string, command: CommandLine): void {
    const { programs, packages } = this.#files;
    const path =
      `${programs}:${packages}/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const enter = enterNode(this.#holder, ["mount", "net"]);
    this.#spawn(name, [...enter, "env", `PATH=${path}`, ...command]);
  }

  /** Starts a program of this machine in the node's network only. */
  startInNetwork(name: string, command: CommandLine): void {
    this.#spawn(name, [...enterNode(this.#holder, ["net"]), ...command]);
  }

  #spawn(name: string, command: CommandLine): Deno.ChildProcess {
    const log = this.#files.log(name);
    const process = new Deno.Command("setsid", {
      args: ["sh", "-c", SCRIPT, "sh", this.#group, log, ...command],
      // Nothing of this machine's settings reaches the node.
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: "/root" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    process.status.then(() => this.#tellEnd(`${name} has ended: ${tail(log)}`));
    return process;
  }

  async #saysReady(): Promise<void> {
    const log = this.#files.log("node");
    for (let tries = 0; tries < 500; tries++) {
      if (tail(log) === "ready") return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The node's namespaces were not ready: ${tail(log)}`);
  }
}

/** The last lines of a log. */
function tail(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim().split("\n").slice(-5).join("\n");
  } catch {
    return "";
  }
}

/** Words before a command that shall run in namespaces of the node. */
export function enterNode(
  holder: number,
  namespaces: readonly ("mount" | "net")[],
): string[] {
  const flags = namespaces.map((name) => `--${name}`);
  return ["nsenter", "--target", String(holder), ...flags, "--"];
}
