/**
 * The entry of all commands: reads the command line, runs one command, and is
 * the only place where the process exits. What an error means is told in one line.
 */
import { EXIT, kindOf, WrapperError } from "@/base/errors.ts";
import { type Log, startLog } from "@/base/log.ts";
import { readLogSettings } from "@/config/load.ts";
import { serveJob } from "@/fetcher/serve.ts";
import { type OwnImage, readOwnImage } from "@/process/own_image.ts";
import { check } from "@/cli/check.ts";
import { type CommandLine, parseArgs } from "@/cli/command_line.ts";
import { listVariables } from "@/config/variables.ts";
import { openStderr } from "@/process/stderr.ts";
import { renderHelp, renderVersion } from "@/cli/help.ts";
import { run } from "@/wrapper/start.ts";
import { runAgent } from "@/cli/load_agent.ts";
import { runInstall } from "@/cli/install.ts";
import { serveEvents } from "@/events/serve.ts";
import { status } from "@/cli/load_status.ts";

function openLog(own: OwnImage, flags: ReadonlyMap<string, string>): Log {
  return startLog({
    ...readLogSettings(flags, listVariables(own.environment)),
    write: openStderr(),
  });
}

function print(text: string): number {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return 0;
}

async function perform(
  line: CommandLine,
  own: OwnImage,
  log: Log,
): Promise<number> {
  const [word] = line.words;
  const text = word && new TextDecoder().decode(word.subarray(0, -1));
  switch (line.command) {
    case "run":
      return await run(line, own, log);
    case "check":
      return await check(line, own, log);
    case "install":
      runInstall(text ?? "");
      return 0;
    case "agent":
      return await runAgent(line, own, log);
    case "status":
      return await status(line, own);
    case "fetcher":
      return await serveJob();
    case "events":
      return await serveEvents();
    case "help":
      return print(renderHelp(text));
    case "version":
      return print(renderVersion());
  }
}

/** Our own words: all but argv[0]; under `deno run` they come behind Deno's own. */
function ownWords({ args }: OwnImage): Uint8Array[] {
  return Deno.args.length > 0 || import.meta.url.startsWith("file:")
    ? args.slice(args.length - Deno.args.length)
    : args.slice(1);
}

async function main(): Promise<number> {
  // A fetcher has nothing to read but its socket.
  if (Deno.env.get("CT_ROLE") === "fetcher") return await serveJob();
  const own = readOwnImage();
  let log = openLog(own, new Map());
  try {
    const line = parseArgs(ownWords(own));
    if (line.flags.size > 0) log = openLog(own, line.flags);
    return await perform(line, own, log);
  } catch (error) {
    if (error instanceof WrapperError) {
      log.error(error.message);
      return error.exitCode;
    }
    // What was not foreseen is told by its kind and place, not by a text that might quote anything.
    const place = error instanceof Error
      ? error.stack?.split("\n")[1]?.trim()
      : "";
    log.error(
      `Internal error: ${kindOf(error)} ${place ?? ""}; please report it`,
    );
    return EXIT.internal;
  }
}

Deno.exit(await main());
