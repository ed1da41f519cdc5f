/** The tables of metrics have what the programs export, no more and no less. */
import { deepEqual, ok } from "node:assert/strict";
import { listFiles, read, rowsOf } from "./page.ts";

/** Names in the first cells of a page's tables. */
function namesOn(page: string): string[] {
  return rowsOf(read(page)).flatMap(([cell = ""]) =>
    /^`(cloudtaser_\w+)(?:\{[^}]*\})?`$/.exec(cell)?.[1] ?? []
  ).sort();
}

/** Names in the source: whole in counters, without their prefix in functions. */
function namesIn(folder: string, prefix: string, call: RegExp): string[] {
  const text = listFiles(folder).map(read).join("\n");
  const whole = [...text.matchAll(/new \w+\(\s*"(cloudtaser_\w+)"/g)];
  const short = [...text.matchAll(call)];
  return [
    ...whole.map(([, name = ""]) => name),
    ...short.map(([, name = ""]) => prefix + name),
  ].sort();
}

for (
  const [page, folder, prefix, call] of [
    [
      "docs/MONITORING.md",
      "src/wrapper",
      "cloudtaser_",
      /\bgauge\(\s*"(\w+)"/g,
    ],
    [
      "docs/AGENT.md",
      "src/agent",
      "cloudtaser_agent_",
      /\bmetric\(\s*"(\w+)"/g,
    ],
  ] as const
) {
  Deno.test(`the metrics in ${page} are those of ${folder}`, () => {
    const names = namesIn(folder, prefix, call);
    ok(names.length >= 10, names.join(" "));
    deepEqual(namesOn(page), names);
  });
}
