/**
 * The agent's script: everything that only the agent needs, with its own copy
 * of what it shares with the wrapper. So no class of one side is one of the
 * other's, and errors are told here.
 */
import { WrapperError } from "@/base/errors.ts";
import { runAgent } from "./command.ts";
import type { AgentScript } from "@/cli/load_agent.ts";

/** See agent_lazy.ts. */
export const perform: AgentScript["perform"] = async (line, own, log) => {
  try {
    return await runAgent(line, own, log);
  } catch (error) {
    if (!(error instanceof WrapperError)) throw error;
    log.error(error.message);
    return error.exitCode;
  }
};
