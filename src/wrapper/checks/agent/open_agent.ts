/** The one connection to the node's agent, and the attack that puts it to the test. */
import { probe } from "@ffi";
import type { Config } from "@/config/load.ts";
import { AgentLink } from "./link.ts";
import { findInterference } from "./interference.ts";
import { openHost } from "@/wrapper/checks/machine/host.ts";
import { refuseAgentOwner } from "./owner.ts";

/** Connects to nobody yet. */
export function openAgent(config: Config): AgentLink {
  const host = openHost();
  return new AgentLink({
    socket: config.agentSocket,
    pid: Deno.pid,
    refuseOwner: (uid) => refuseAgentOwner(uid, config.agentUid, host),
    attack: probe,
    findInterference: (record) => findInterference(record, host),
  });
}
