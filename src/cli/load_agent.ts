/**
 * The way to the agent's code, which few processes need: in the binary it is a
 * script of its own that nobody else parses (agent_script.ts, tools/compile.ts).
 */
import type { Log } from "@/base/log.ts";
import type { OwnImage } from "@/process/own_image.ts";
import type { AgentScript } from "@/agent/script.ts";
import { loadScript } from "@/process/script.ts";
import type { Invocation } from "@/config/invocation.ts";

/** Serves until a signal ends it, or does one job. @returns the exit status */
export async function runAgent(
  line: Invocation,
  own: OwnImage,
  log: Log,
): Promise<number> {
  const { perform } = await loadScript<AgentScript>("agent");
  return await perform(line, own, log);
}
