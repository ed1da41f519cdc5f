/**
 * Whose process may serve the agent's socket: only root of the node can enforce
 * anything, so an answer from another user is a lie. The kernel tells the user id
 * (SO_PEERCRED); a user namespace changes what it means.
 */
import type { Host } from "@/wrapper/checks/machine/host.ts";

const ROOT = 0;
/** /proc/self/uid_map of the initial user namespace. */
const ALL_AS_THEY_ARE = /^\s*0\s+0\s+4294967295\s*$/;

/** Why the agent cannot be this user's process; undefined: it can. */
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
  if (!seesAllUsers(host)) {
    return `is served by user ${uid}; this pod has its own user namespace, so user ${uid} cannot be verified as the node's root; if it is the agent, set CLOUDTASER_AGENT_UID=${uid}`;
  }
  return uid === ROOT
    ? undefined
    : `is served by user ${uid}, not by root; if it is the agent, set CLOUDTASER_AGENT_UID=${uid}`;
}

function seesAllUsers(host: Host): boolean {
  try {
    return ALL_AS_THEY_ARE.test(host.readText("/proc/self/uid_map"));
  } catch {
    return false;
  }
}
