/**
 * `deno run -A tests/enforcement/matrix/update.ts`: attacks on every machine, and
 * writes what came of it into docs/ENFORCEMENT-MATRIX.md. With --arch=aarch64:
 * emulated arm64 machines, docs/ENFORCEMENT-ARM64.md. Look at the difference.
 */
import { parseArgs } from "node:util";
import { HOST, parseArch } from "../../../tools/build/target.ts";
import { compile } from "../../../tools/compile.ts";
import { say } from "../../../tools/progress.ts";
import { ARM64, renderDocument, X86_64 } from "./document.ts";
import { format } from "./markdown.ts";
import { Matrix } from "./matrix.ts";
import { titleOf } from "./plan.ts";

if (import.meta.main) {
  const started = performance.now();
  const { arch } = parseArgs({ options: { arch: { type: "string" } } }).values;
  const page = arch !== undefined && parseArch(arch) === "aarch64"
    ? ARM64
    : X86_64;
  for (const { boot } of page.plans) await compile({ arch: boot.arch ?? HOST });
  const matrix = new Matrix(page.plans);
  try {
    await Promise.all(page.plans.map(async (plan, i) => {
      const { columns } = await matrix.played(i);
      const seconds = (performance.now() - started) / 1000;
      say(`${seconds.toFixed(0)} s: ${titleOf(plan)}: ${columns.length}`);
    }));
    const text = await format(renderDocument(page, await matrix.all()));
    await Deno.writeTextFile(page.path, text);
    say(`${page.path.pathname} written; deno task docs writes its summary`);
  } finally {
    await matrix.stop();
  }
}
