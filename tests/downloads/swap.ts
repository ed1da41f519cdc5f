/** What the tests of downloads share: the changed byte, and a function of tools/ under other settings. */
import { tryRun } from "../../tools/run.ts";

/** A copy in which one byte differs, in the middle by default. */
export function withOneByteChanged(
  bytes: Uint8Array,
  at = bytes.length >> 1,
): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(bytes);
  changed[at] = changed[at]! ^ 1;
  return changed;
}

/** The process that {@linkcode callTool} starts. */
const PROGRAM = `
const [module, name, args] = Deno.args;
const { [name]: call } = await import(module);
try {
  const result = await call(...JSON.parse(args));
  console.log(JSON.stringify({ result: result ?? null }));
} catch (error) {
  console.log(JSON.stringify({ message: error.message }));
}
`;

/**
 * Calls a function of tools/ in a process of its own, because tests run beside
 * each other and would share the settings.
 *
 * @param args and the result are JSON
 * @throws {Error} with the message of the error that it throws
 */
export async function callTool<T>(
  module: string,
  name: string,
  args: readonly unknown[],
  env: Readonly<Record<string, string>>,
): Promise<T> {
  const root = new URL("../../", import.meta.url);
  const path = new URL(`tools/${module}`, root).href;
  const program = `data:text/javascript,${encodeURIComponent(PROGRAM)}`;
  const { stdout, stderr } = await tryRun(Deno.execPath(), [
    ...["run", "-A", "--no-check", "--no-config", "--no-lock", program],
    ...[path, name, JSON.stringify(args)],
  ], { env });
  if (stdout === "") throw new Error(`no answer: ${stderr}`);
  const { result, message } = JSON.parse(stdout);
  if (message !== undefined) throw new Error(message);
  return result;
}
