/** Starts the enforcer as a process of ours: its bytes are in this binary, its descriptor 3 is a channel to us. */
import { channel, closeFd } from "@ffi";
import {
  type EnforcerProcess,
  type EnforcerTask,
  makeArguments,
} from "@/agent/mod.ts";
import type { AgentConfig } from "@/config/mod.ts";
import { encodeCString } from "@/memory/mod.ts";
import { type Children, LineChannel, SIGKILL, SIGTERM } from "@/process/mod.ts";
import { openEnforcer } from "./agent_program.ts";

const NAME = "cloudtaser-enforcer";
/** It takes its socket away before it ends; who does not end is ended. */
const GRACE_MS = 400;

/**
 * Starts one.
 *
 * @throws FfiError, KernelError when the kernel gives no process
 */
export function startEnforcer(
  children: Children,
  config: AgentConfig,
  task: EnforcerTask,
): EnforcerProcess {
  const program = openEnforcer();
  const [ours, theirs] = channel();
  try {
    const { pid, ended } = children.start({
      paths: [encodeCString(program.path)],
      argv: [NAME, ...makeArguments(config, task)].map(encodeCString),
      envp: [],
      fds: [theirs],
      closeOthers: true,
    });
    return makeProcess(children, { pid, ended, ours });
  } catch (error) {
    closeFd(ours);
    throw error;
  } finally {
    closeFd(theirs);
    program.close();
  }
}

function makeProcess(
  children: Children,
  { pid, ended, ours }: {
    readonly pid: number;
    readonly ended: EnforcerProcess["ended"];
    readonly ours: number;
  },
): EnforcerProcess {
  let isEnding = false;
  return {
    channel: new LineChannel(ours),
    ended,
    end: () => {
      if (isEnding) return;
      isEnding = true;
      children.kill(pid, SIGTERM);
      const timer = setTimeout(() => children.kill(pid, SIGKILL), GRACE_MS);
      void ended.then(() => clearTimeout(timer));
    },
  };
}
