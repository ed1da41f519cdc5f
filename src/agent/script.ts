/**
 * The agent's script: everything that only the agent needs, with its own copy
 * of what it shares with the wrapper. So no class of one side is one of the
 * other's, and errors are told here.
 */
import { WrapperError } from "@/base/errors.ts";
import { runAgent } from "./command.ts";
import type { Log } from "@/base/log.ts";
import type { Invocation } from "@/config/invocation.ts";
import type { OwnImage } from "@/process/own_image.ts";

/** What the script has to offer. */
export interface AgentScript {
  /** Runs the agent, and tells its errors. @returns the exit status */
  perform(line: Invocation, own: OwnImage, log: Log): Promise<number>;
}

export const perform: AgentScript["perform"] = async (line, own, log) => {
  try {
    return await runAgent(line, own, log);
  } catch (error) {
    if (!(error instanceof WrapperError)) throw error;
    log.error(error.message);
    return error.exitCode;
  }
};
