/** How long 1,000 orphans that end at once stay zombies, under the wrapper and under tini. */
import type { Workshop } from "./command.ts";
import { summarize, type Summary } from "./series.ts";

const ORPHANS = "1000";

/** The time for all orphans, of both. */
export interface ReapingFigures {
  readonly wrapper: Summary;
  readonly tini: Summary;
}

/** Interleaved; milliseconds. */
export async function measureReaping(
  workshop: Workshop,
  binary: string,
  rounds: number,
): Promise<ReapingFigures> {
  const orphans = workshop.path("orphans");
  const wrapper = {
    words: [binary, "--", orphans, ORPHANS],
    env: { CLOUDTASER_LISTEN: "off" },
  };
  const tini = { words: ["/usr/bin/tini", "-s", "--", orphans, ORPHANS] };
  const reap = async (command: typeof wrapper | typeof tini) => {
    const { stdout } = await workshop.time(command);
    return Number(/^reaped (\d+)$/m.exec(stdout)?.[1]) / 1e6;
  };
  const samples = { wrapper: [] as number[], tini: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    samples.wrapper.push(await reap(wrapper));
    samples.tini.push(await reap(tini));
  }
  return {
    wrapper: summarize(samples.wrapper),
    tini: summarize(samples.tini),
  };
}
