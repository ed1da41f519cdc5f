/** Measures whether time and memory grow linearly from 100 to 1,000 secrets, each in a path of its own. */
import type { Workshop } from "./command.ts";
import { IdleWrapper, type Memory } from "./idle.ts";
import { summarize, type Summary } from "./series.ts";
import type { BenchServer } from "./server.ts";

/** The cost of a number of secrets. */
export interface ManyFigures {
  readonly secrets: number;
  /** To the application's main, milliseconds. */
  readonly start: Summary;
  readonly memory: Memory;
}

/** Interleaved over the counts. */
export async function measureMany(
  workshop: Workshop,
  server: BenchServer,
  options: {
    readonly binary: string;
    readonly counts: readonly number[];
    readonly rounds: number;
    readonly settleMs: number;
  },
): Promise<ManyFigures[]> {
  const { binary, counts, rounds, settleMs } = options;
  await server.writeMany(Math.max(...counts));
  const times = new Map(counts.map((count) => [count, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const count of counts) {
      const words = [binary, "--", workshop.path("moment"), "MANY_0"];
      const run = await workshop.time({ words, env: server.many(count) });
      times.get(count)?.push(run.toMain ?? 0);
    }
  }
  const figures: ManyFigures[] = [];
  for (const count of counts) {
    await using idle = await IdleWrapper.start(
      workshop,
      binary,
      server.many(count),
    );
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const start = summarize(times.get(count) ?? []);
    figures.push({ secrets: count, start, memory: idle.memory() });
  }
  return figures;
}
