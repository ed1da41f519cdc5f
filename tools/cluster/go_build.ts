/**
 * Builds one program with Go and tells how far it is: the first build of
 * Kubernetes takes minutes, and whoever waits should see that it goes on.
 */
import { say } from "../progress.ts";

const TELL_MS = 20_000;
const LAST_LINES = 20;

/** What is run, and where. */
export interface GoBuild {
  /** For people. */
  readonly name: string;
  /** Words in front of and behind `go build -v`. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs it to its end. @throws {Error} with its last words */
export async function goBuild(
  { name, command: [program = "", ...args], cwd, env }: GoBuild,
  tellMs = TELL_MS,
): Promise<void> {
  const process = new Deno.Command(program, {
    args,
    cwd,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const counts = { downloaded: 0, compiled: 0 };
  const timer = setInterval(
    () => say(`    ${name}: ${render(counts)}`),
    tellMs,
  );
  const last: string[] = [];
  try {
    for await (const line of linesOf(process.stderr)) {
      if (line.startsWith("go: downloading ")) counts.downloaded++;
      else if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) counts.compiled++;
      else last.push(line);
      if (last.length > LAST_LINES) last.shift();
    }
  } finally {
    clearInterval(timer);
  }
  const { code } = await process.status;
  if (code === 0) return;
  throw new Error(`${name} cannot be built (${code}): ${last.join("\n")}`);
}

function render(
  { downloaded, compiled }: { downloaded: number; compiled: number },
): string {
  return compiled === 0
    ? `${downloaded} modules downloaded`
    : `${compiled} packages compiled`;
}

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncIterable<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
