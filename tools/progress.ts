/** Progress of build and test commands on stderr: one line a step, with its time. */

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
