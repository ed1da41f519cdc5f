/**
 * Starts the enforcer. Its program is embedded in this binary and copied to a
 * memfd once, so that a restart does not depend on the disk. The enforcer's
 * descriptor 3 is a channel to the agent.
 */
import { closeFd, programFile, readEmbedded, socketPair } from "@ffi";
import type { EnforcerProcess } from "./enforcer.ts";
import { KernelError, messageOf } from "@/base/errors.ts";
import type { AgentConfig } from "@/config/agent.ts";
import { encodeCString } from "@/process/own_blocks.ts";
import type { Children, Ending } from "@/process/children.ts";
import { LineChannel } from "@/process/line_channel.ts";
import { SIGKILL, SIGTERM } from "@/base/signals.ts";
import { Timer } from "@/base/timer.ts";

const NAME = "ct-enforcer";
/** The channel becomes 3, the program 4. */
const PROGRAM = "/proc/self/fd/4";
/** From TERM to KILL: it removes its socket in between. */
const GRACE_MS = 400;

/** `check`: report what this kernel can do. `remove`: remove all pins. `export`: mount the directory for pods. */
export type EnforcerTask = "serve" | "check" | "remove" | "export";

/** The enforcer's command line (c/enforcer/options.c), without its name. */
function makeArguments(
  config: Omit<AgentConfig, "listen" | "allowedHosts">,
  task: EnforcerTask,
): string[] {
  return [
    `--mode=${config.mode}`,
    `--backends=${config.backends.join(",")}`,
    `--lock=${config.lock ? "on" : "off"}`,
    ...(config.lockAllow.length > 0
      ? [`--lock-allow=${config.lockAllow.join(",")}`]
      : []),
    `--exec=${config.exec}`,
    `--pins=${config.pins}`,
    `--socket=${config.socket}`,
    ...(task === "serve" ? [] : [`--${task}`]),
  ];
}

/** Starts enforcers, one after the other. */
export class EnforcerStarter {
  readonly #children: Children;
  readonly #config: AgentConfig;
  readonly #program: number;

  private constructor(
    children: Children,
    config: AgentConfig,
    program: number,
  ) {
    this.#children = children;
    this.#config = config;
    this.#program = program;
  }

  /** @throws KernelError when the program cannot be copied to a memfd */
  static async open(
    children: Children,
    config: AgentConfig,
  ): Promise<EnforcerStarter> {
    const bytes = await readEmbedded("enforcer");
    try {
      return new EnforcerStarter(children, config, programFile(bytes));
    } catch (cause) {
      throw new KernelError(
        `Cannot copy the enforcer to a memfd: ${
          messageOf(cause)
        }; vm.memfd_noexec must not be 2`,
        { cause },
      );
    }
  }

  /** @throws FfiError when the process cannot be started */
  start(task: EnforcerTask): EnforcerProcess {
    const [ours, theirs] = socketPair();
    try {
      const { pid, ended } = this.#children.start({
        paths: [encodeCString(PROGRAM)],
        argv: [NAME, ...makeArguments(this.#config, task)].map(encodeCString),
        envp: [],
        fds: [theirs, this.#program],
        closeOthers: true,
      });
      return this.#makeProcess(pid, ended, ours);
    } catch (error) {
      closeFd(ours);
      throw error;
    } finally {
      closeFd(theirs);
    }
  }

  #makeProcess(
    pid: number,
    ended: Promise<Ending>,
    channel: number,
  ): EnforcerProcess {
    let isEnding = false;
    return {
      channel: new LineChannel(channel),
      ended,
      end: () => {
        if (isEnding) return;
        isEnding = true;
        this.#children.kill(pid, SIGTERM);
        const kill = () => this.#children.kill(pid, SIGKILL);
        const timer = new Timer(GRACE_MS, kill);
        void ended.then(() => timer.cancel());
      },
    };
  }
}
