/**
 * A wrapper with an application that has something to lose, registered with an
 * agent of this machine, and the root who is after it. Nobody here may look into
 * a protected process by accident: that could be its end.
 */
import { makeFolder, type NodeAgent, removeFolder } from "./node_agent.ts";
import type { PodCgroup } from "./pod_cgroup.ts";
import { startWrapper, type Wrapper } from "./wrapper.ts";

/** The backends that refuse before anything happens. */
export const SYNCHRONOUS = ["bpf lsm", "fmod_ret", "kprobe override"];
/** Stands in the application's environment. */
export const LOSS = "not-for-strangers";

/** An application that tells its pid and has something to lose. */
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

/** What it told. */
export async function pidOf(application: Wrapper): Promise<number> {
  const [, pid] = await application.waitForOutput(/pid (\d+)/);
  return Number(pid);
}

/** A root who reads the application's environment. */
export async function attack(pid: number) {
  return await new Deno.Command("cat", { args: [`/proc/${pid}/environ`] })
    .output();
}

/** A place of its own for each test, and nothing left of it. */
export async function inFolder(test: (folder: string) => Promise<void>) {
  const folder = makeFolder();
  try {
    await test(folder);
  } finally {
    removeFolder(folder);
  }
}
