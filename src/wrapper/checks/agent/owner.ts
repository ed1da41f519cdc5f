/**
 * Which user may serve the agent's socket. Only root of the node can enforce
 * anything, so the agent cannot run as another user. The user id comes from the kernel
 * (SO_PEERCRED); a user namespace changes its meaning.
 */
import type { Host } from "@/wrapper/checks/machine/host.ts";

const ROOT = 0;
/** /proc/self/uid_map of the initial user namespace. */
const INITIAL_UID_MAP = /^\s*0\s+0\s+4294967295\s*$/;

/** Why the agent cannot run as this user; undefined: it can. */
export function refuseAgentOwner(
  uid: number,
  wanted: number | undefined,
  host: Host,
): string | undefined {
  if (wanted !== undefined) {
    return uid === wanted
      ? undefined
      : `is served by user ${uid}, not by ${wanted} (CLOUDTASER_AGENT_UID)`;
  }
  if (!isInitialUserNamespace(host)) {
    return `is served by user ${uid}; this pod has its own user namespace, so user ${uid} cannot be verified as the node's root; if it is the agent, set CLOUDTASER_AGENT_UID=${uid}`;
  }
  return uid === ROOT
    ? undefined
    : `is served by user ${uid}, not by root; if it is the agent, set CLOUDTASER_AGENT_UID=${uid}`;
}

function isInitialUserNamespace(host: Host): boolean {
  try {
    return INITIAL_UID_MAP.test(host.readText("/proc/self/uid_map"));
  } catch {
    return false;
  }
}
