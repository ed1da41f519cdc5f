/** How long 1,000 orphans that end at once stay zombies, under the wrapper and under tini. */
import { summarize, type Summary } from "./summary.ts";
import type { CommandLine, Workshop } from "./workshop.ts";

/** The time for all orphans, of both; milliseconds. */
export interface ReapingFigures {
  readonly wrapper: Summary;
  readonly tini: Summary;
}

/** Interleaved. */
export async function measureReaping(
  workshop: Workshop,
  binary: string,
  rounds: number,
): Promise<ReapingFigures> {
  const orphans = ["--", workshop.path("timing"), "orphans", "1000"];
  const env = { CLOUDTASER_LISTEN: "off" };
  const reap = async (command: CommandLine) => {
    const { stdout } = await workshop.time(command);
    return Number(/^reaped (\d+)$/m.exec(stdout)?.[1]) / 1e6;
  };
  const wrapper: number[] = [];
  const tini: number[] = [];
  for (let round = 0; round < rounds; round++) {
    wrapper.push(await reap({ words: [binary, ...orphans], env }));
    tini.push(await reap({ words: ["/usr/bin/tini", "-s", ...orphans] }));
  }
  return { wrapper: summarize(wrapper), tini: summarize(tini) };
}
