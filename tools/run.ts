/** Runs a program to its end, and splits a command line. */

/** How to run it, where it differs. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of this process that it does not get. */
  readonly without?: readonly string[];
  /** Standard input; none by default. */
  readonly input?: string;
}

/** How it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end, whatever the status. */
export async function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const { input, cwd, env = {}, without } = options;
  const process = new Deno.Command(command, {
    args: [...args],
    ...cwd !== undefined && { cwd },
    env: without ? { ...environmentWithout(without), ...env } : { ...env },
    clearEnv: without !== undefined,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    process.output(),
    input === undefined ? undefined : write(process, input),
  ]);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

function environmentWithout(names: readonly string[]): Record<string, string> {
  const all = Object.entries(Deno.env.toObject());
  return Object.fromEntries(all.filter(([name]) => !names.includes(name)));
}

async function write(process: Deno.ChildProcess, text: string): Promise<void> {
  const writer = process.stdin.getWriter();
  // A program that ends early does not read all of it; its status says why.
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
}

/** Runs to the end. @returns its stdout @throws {Error} with its messages when it fails */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryRun(command, args, options);
  if (code === 0) return stdout;
  const said = (stderr || stdout).trim();
  throw new Error(`${command} ${args.join(" ")} failed (${code}): ${said}`);
}

/** The words of a text: arguments of a command line, names. */
export function words(text: string): string[] {
  return text.match(/\S+/g) ?? [];
}
