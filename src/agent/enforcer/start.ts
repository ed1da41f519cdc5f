/**
 * Starts the enforcer as a process of ours. Its program travels in this binary
 * and lies in a file in memory as long as we live, so that the next one can be
 * started whatever has become of the disk; its descriptor 3 is a channel to us.
 */
import { closeFd, programFile, readEmbedded, socketPair } from "@ffi";
import type { EnforcerProcess } from "./enforcer.ts";
import { type EnforcerTask, makeArguments } from "./arguments.ts";
import { KernelError, messageOf } from "@/base/errors.ts";
import type { AgentConfig } from "@/config/agent.ts";
import { encodeCString } from "@/process/own_image.ts";
import type { Children, Ending } from "@/process/children.ts";
import { LineChannel } from "@/process/line_channel.ts";
import { SIGKILL, SIGTERM } from "@/base/signals.ts";

const NAME = "cloudtaser-enforcer";
/** The channel becomes 3, the program 4. */
const PROGRAM = "/proc/self/fd/4";
/** It takes its socket away before it ends; who does not end is ended. */
const GRACE_MS = 400;

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

  /** @throws KernelError when the program cannot be had */
  static async open(
    children: Children,
    config: AgentConfig,
  ): Promise<EnforcerStarter> {
    const bytes = await readEmbedded("enforcer");
    try {
      return new EnforcerStarter(children, config, programFile(bytes));
    } catch (cause) {
      throw new KernelError(
        `The enforcer cannot be put into memory: ${
          messageOf(cause)
        }; vm.memfd_noexec must not be 2`,
        { cause },
      );
    }
  }

  /** Starts one. @throws FfiError when the kernel gives no process */
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
      return this.#describe(pid, ended, ours);
    } catch (error) {
      closeFd(ours);
      throw error;
    } finally {
      closeFd(theirs);
    }
  }

  #describe(
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
        const timer = setTimeout(kill, GRACE_MS);
        void ended.then(() => clearTimeout(timer));
      },
    };
  }
}
