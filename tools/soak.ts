/**
 * `deno task soak`: wrappers and an agent under constant change, with memory,
 * descriptors and threads over time. Writes dist/soak.svg and dist/soak.json.
 * The exit status is 1 when one of them grew (tools/soak/judge.ts). Needs root.
 *
 *   --minutes=N   default 60
 */
import { parseArgs } from "node:util";
import { compile } from "./compile.ts";
import { runMain, say } from "./progress.ts";
import { judge, renderVerdicts } from "./soak/judge.ts";
import { drawPicture } from "./soak/picture.ts";
import { soak } from "./soak/soak.ts";

const OUTPUT = new URL("../dist/soak", import.meta.url).pathname;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "60" } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error("--minutes needs a number above 0");
  await compile();
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => isStopped = true);
  }
  const found = await soak(minutes * 60, () => isStopped);
  const verdicts = judge(found.series);
  const text = JSON.stringify({ verdicts, ...found });
  await Deno.writeTextFile(`${OUTPUT}.json`, `${text}\n`);
  const title = `Soak of ${(found.seconds / 60).toFixed(1)} minutes`;
  await Deno.writeTextFile(`${OUTPUT}.svg`, drawPicture(title, found.series));
  console.log(renderVerdicts(verdicts));
  console.log(JSON.stringify(found.counts));
  say(`${OUTPUT}.svg, ${OUTPUT}.json`);
  return verdicts.some(({ isGrowth }) => isGrowth) ? 1 : 0;
}

if (import.meta.main) await runMain("soak", main);
