/**
 * The way to the agent's code, which few processes need: in the binary it is a
 * script of its own that nobody else parses (agent_script.ts, tools/compile.ts).
 */
import { readEmbedded } from "@ffi";
import type { Log } from "@/base/mod.ts";
import type { OwnImage } from "@/memory/mod.ts";
import type { CommandLine } from "./command_line.ts";

/** What the script has to offer. */
export interface AgentScript {
  /** Runs the agent, and tells its errors. @returns the exit status */
  perform(line: CommandLine, own: OwnImage, log: Log): Promise<number>;
}

/** Serves until a signal ends it, or does one errand. @returns the exit status */
export async function runAgent(
  line: CommandLine,
  own: OwnImage,
  log: Log,
): Promise<number> {
  const { perform } = await load();
  return await perform(line, own, log);
}

async function load(): Promise<AgentScript> {
  if (import.meta.url.startsWith("file:")) {
    // No literal: the bundler would follow it.
    return await import(new URL("./agent_script.ts", import.meta.url).href);
  }
  const script = new TextDecoder().decode(await readEmbedded("agent"));
  return await (0, eval)(script);
}
