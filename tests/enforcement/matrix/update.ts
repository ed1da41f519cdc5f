/**
 * `deno run -A tests/enforcement/matrix/update.ts`: attacks on every machine, and
 * writes what came of it into docs/ENFORCEMENT-MATRIX.md. Look at the difference.
 */
import { say } from "../../../tools/progress.ts";
import { DOCUMENT, renderDocument } from "./document.ts";
import { format } from "./markdown.ts";
import { Matrix } from "./matrix.ts";
import { PLANS, titleOf } from "./plan.ts";

if (import.meta.main) {
  const started = performance.now();
  const matrix = new Matrix();
  try {
    await Promise.all(PLANS.map(async (plan, i) => {
      const { columns } = await matrix.played(i);
      const seconds = (performance.now() - started) / 1000;
      say(`${seconds.toFixed(0)} s: ${titleOf(plan)}: ${columns.length}`);
    }));
    const text = await format(renderDocument(await matrix.all()));
    await Deno.writeTextFile(DOCUMENT, text);
    say(`${DOCUMENT.pathname} written; deno task docs writes its summary`);
  } finally {
    await matrix.stop();
  }
}
