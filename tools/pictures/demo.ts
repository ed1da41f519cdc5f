/** The demo's table, from a run on this machine. */
import { run } from "../run.ts";
import { renderTerminal } from "./terminal.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const COMMAND = "tools/deno task demo";
/** The table's heading. What is before it is left out. */
const START = "2. Attacks on it";

/** Runs the demo in a terminal. @throws {Error} when it fails */
export async function makeDemo(): Promise<string> {
  const demo = `${Deno.execPath()} run -A tools/demo.ts 2>/dev/null`;
  // A terminal of its own, so that the demo writes colours; stderr has its progress.
  const text = await run("script", ["-qefc", demo, "/dev/null"], { cwd: ROOT });
  const at = text.indexOf(START);
  if (at < 0) throw new Error(`The demo has no "${START}"`);
  const table = `\x1b[1m${text.slice(at).trimEnd()}`;
  return renderTerminal(COMMAND, `\x1b[2m…\x1b[0m\n\n${table}`);
}
