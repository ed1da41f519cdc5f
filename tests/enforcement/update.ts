/**
 * `deno run -A tests/enforcement/update.ts`: attacks on every machine, and
 * writes what came of it into docs/ENFORCEMENT.md. Look at the difference.
 */
import { say } from "../../tools/progress.ts";
import { DOCUMENT, formatDocument, renderDocument } from "./document.ts";
import { Matrix } from "./matrix.ts";

if (import.meta.main) {
  const matrix = new Matrix();
  try {
    const text = await formatDocument(renderDocument(await matrix.all()));
    await Deno.writeTextFile(DOCUMENT, text);
    say(`${DOCUMENT.pathname} written`);
  } finally {
    await matrix.stop();
  }
}
