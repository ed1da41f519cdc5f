/**
 * A wrapper with an application that holds a secret, registered with an agent on
 * this machine, and a root attacker. Code here must not read a protected process
 * by accident, because reactive kill would end it.
 */
import { makeFolder, type NodeAgent, removeFolder } from "./node_agent.ts";
import type { PodCgroup } from "./pod_cgroup.ts";
import { startWrapper, type Wrapper } from "../wrapper.ts";

/** The backends that refuse before anything happens. */
export const SYNCHRONOUS = ["bpf lsm", "fmod_ret", "kprobe override"];
/** A value in the application's environment. */
export const LOSS = "not-for-strangers";

/** An application that prints its pid and holds a secret. */
export function startApplication(agent: NodeAgent, pod?: PodCgroup): Wrapper {
  pod?.enter();
  try {
    return startHere(agent);
  } finally {
    pod?.leave();
  }
}

function startHere(agent: NodeAgent): Wrapper {
  return startWrapper({
    // No exec behind the pid: a process in execve has no environment to read.
    args: ["--", "sh", "-c", "echo pid $$; while :; do sleep 0.2; done"],
    env: {
      PATH: "/usr/bin:/bin",
      SOMETHING: LOSS,
      CLOUDTASER_AGENT_SOCKET: agent.socket,
      CLOUDTASER_SCORE_INTERVAL: "1s",
    },
    timeoutMs: 120_000,
  });
}

/** The pid that it printed. */
export async function pidOf(application: Wrapper): Promise<number> {
  const [, pid] = await application.waitForOutput(/pid (\d+)/);
  return Number(pid);
}

/** Reads the application's environment as root. */
export async function attack(pid: number) {
  return await new Deno.Command("cat", { args: [`/proc/${pid}/environ`] })
    .output();
}

/** Runs a test in a folder of its own. */
export async function inFolder(test: (folder: string) => Promise<void>) {
  const folder = makeFolder();
  try {
    await test(folder);
  } finally {
    removeFolder(folder);
  }
}
