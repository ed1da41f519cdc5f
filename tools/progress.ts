/** Progress and errors of build and test commands, on stderr. */

/** Runs `work` and prints `title … 1.2 s`, or `title … failed`. */
export async function step<T>(
  title: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const started = performance.now();
  const out = Deno.stderr;
  const write = (text: string) => out.writeSync(new TextEncoder().encode(text));
  const live = out.isTerminal();
  if (live) write(`  ${title} …`);
  let end = "failed";
  try {
    const result = await work();
    end = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    return result;
  } finally {
    write(live ? ` ${end}\n` : `  ${title} … ${end}\n`);
  }
}

/** Prints one line on stderr. */
export function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** The message of an error, or what was thrown instead of one. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Ends the process with the code that `main` returns, or with 1 and one line when
 * it throws. A line with `usage` follows when parseArgs() refused the arguments.
 */
export async function runMain(
  name: string,
  main: () => Promise<number | void>,
  usage?: string,
): Promise<never> {
  try {
    Deno.exit(await main() ?? 0);
  } catch (error) {
    say(`${name}: ${messageOf(error)}`);
    if (usage !== undefined && isArgumentError(error)) say(`usage: ${usage}`);
    Deno.exit(1);
  }
}

/** Whether parseArgs() of node:util threw it. */
function isArgumentError(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    String(error.code).startsWith("ERR_PARSE_ARGS_");
}
