/**
 * A wrapper that is registered with an agent of this machine, and an attack of
 * root on its application. A test that reads a protected process by accident
 * may be killed.
 */
import type { NodeAgent } from "./node_agent.ts";
import type { PodCgroup } from "./pod_cgroup.ts";
import { startWrapper, type Wrapper } from "../wrapper.ts";

/** The backends that refuse an attack before it happens. */
export const SYNCHRONOUS = ["bpf lsm", "fmod_ret", "kprobe override"];
/** A value in the application's environment. */
export const LOSS = "not-for-strangers";

/** Starts it, in a pod's cgroup if one is given. */
export function startApplication(agent: NodeAgent, pod?: PodCgroup): Wrapper {
  pod?.enter();
  using _ = { [Symbol.dispose]: () => pod?.leave() };
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

/** The application's process id, which it prints. */
export async function pidOf(application: Wrapper): Promise<number> {
  const [, pid] = await application.waitForOutput(/pid (\d+)/);
  return Number(pid);
}

/** Root reads the application's environment. */
export function attack(pid: number): Promise<Deno.CommandOutput> {
  return new Deno.Command("cat", { args: [`/proc/${pid}/environ`] }).output();
}
