/** The one connection to the node's agent, and the attack that puts it to the test. */
import { AgentLink, attackOurselves } from "@/probe/mod.ts";

/** Where the attack reads: it is refused before an address matters, or it got through by the file. */
const ANYWHERE = 0n;

/** Connects to nobody yet. */
export function openAgent(socket: string): AgentLink {
  return new AgentLink({
    socket,
    pid: Deno.pid,
    attack: (name, limitMs) => attackOurselves(name, ANYWHERE, limitMs),
  });
}
