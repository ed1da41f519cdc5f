/**
 * Entry point of every subcommand and the only place that exits the process.
 * Reads the command line, runs one subcommand, and logs an error as one line.
 */
import type { Fail } from "@/agent/command.ts";
import { EXIT, UsageError, WrapperError } from "@/base/errors.ts";
import { type Log, startLog } from "@/base/log.ts";
import { VERSION } from "@/base/version.ts";
import { readLogSettings } from "@/config/load.ts";
import {
  encodeCString,
  type OwnBlocks,
  readOwnBlocks,
} from "@/process/own_blocks.ts";
import { check } from "@/cli/check.ts";
import {
  type CommandLine,
  commandOf,
  parseArgs,
  UnknownFlag,
} from "@/cli/command_line.ts";
import type { Variable } from "@/config/reader.ts";
import { listVariables } from "@/config/variables.ts";
import { describeInternalError } from "@/process/internal_error.ts";
import { isStderr, openStderr } from "@/process/stderr.ts";
import { writeTerminationLog } from "@/process/termination_log.ts";
import { runApplication } from "@/wrapper/start.ts";
import {
  loadAgent,
  loadFetcher,
  loadHelp,
  loadPolicy,
  loadStatus,
} from "@/cli/programs.ts";
import { runInstall } from "@/cli/install.ts";
import { serveEvents } from "@/events/serve.ts";

/** What a container runs. */
const SERVICES: ReadonlySet<string> = new Set(["run", "agent"]);
const HELP_FLAG = encodeCString("--help");

function openLog(
  variables: readonly Variable[],
  flags: ReadonlyMap<string, string>,
  isAgent: boolean,
): Log {
  const { level, format, time } = readLogSettings(flags, variables);
  const journal = variables.find(({ name }) => name === "JOURNAL_STREAM");
  const start = journal && isStderr(journal.text())
    ? "priority"
    : time === "on"
    ? "time"
    : "nothing";
  const logger = isAgent ? "cloudtaser-agent" : "cloudtaser-wrapper";
  return startLog({ logger, level, format, start, write: openStderr() });
}

function print(text: string): number {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return 0;
}

async function dispatch(
  invocation: CommandLine,
  own: OwnBlocks,
  variables: readonly Variable[],
  log: Log,
  fail: Fail,
): Promise<number> {
  const [first] = invocation.operands;
  const operand = first && new TextDecoder().decode(first.subarray(0, -1));
  switch (invocation.command) {
    case "run":
      return await runApplication(invocation, own, variables, log);
    case "check":
      return await check(invocation, own, variables, log);
    case "install":
      runInstall(operand ?? "");
      return 0;
    case "agent":
      return await loadAgent(invocation, own, log, fail);
    case "status":
      return await loadStatus(invocation, own);
    case "policy":
      return await loadPolicy(invocation);
    case "cloudtaser-fetcher":
      return await loadFetcher();
    case "cloudtaser-events":
      return await serveEvents();
    case "help":
      return operand === "status"
        ? await loadStatus({ ...invocation, operands: [HELP_FLAG] }, own)
        : operand === "policy"
        ? await loadPolicy({ ...invocation, operands: [HELP_FLAG] })
        : await printHelp(operand);
    case "version":
      return print(
        `cloudtaser-wrapper ${VERSION.wrapper} (deno ${VERSION.deno}, glibc ${VERSION.glibc})\n`,
      );
  }
}

/** @throws UsageError for an unknown topic */
async function printHelp(topic = "run"): Promise<number> {
  const { renderHelp, explainTopic } = await loadHelp();
  const page = renderHelp(topic);
  if (page === undefined) throw new UsageError(explainTopic(topic));
  return print(page);
}

async function describe(error: WrapperError): Promise<string> {
  return error instanceof UnknownFlag
    ? (await loadHelp()).explainFlag(error)
    : error.message;
}

/** The arguments without argv[0]; under `deno run` Deno's own come before them. */
function listArguments({ args }: OwnBlocks): Uint8Array[] {
  return Deno.args.length > 0 || import.meta.url.startsWith("file:")
    ? args.slice(args.length - Deno.args.length)
    : args.slice(1);
}

/** True for a job of the agent that a person runs in its container. */
function isByHand({ switches }: CommandLine): boolean {
  return Deno.pid !== 1 && (switches.has("check") || switches.has("remove"));
}

async function main(): Promise<number> {
  const own = readOwnBlocks();
  const variables = listVariables(own.environment);
  const args = listArguments(own);
  const command = commandOf(args);
  const flags = new Map<string, string>();
  let log: Log | undefined;
  let isService = SERVICES.has(command);
  const open = () => openLog(variables, flags, command === "agent");
  const fail = (message: string, code: number) => {
    // A wrong command line too is logged in the format of its flags.
    log ??= open();
    log.error(message, { exit_code: code });
    if (isService) writeTerminationLog(message, code);
    return code;
  };
  try {
    const invocation = parseArgs(args, flags);
    isService &&= !isByHand(invocation);
    log = open();
    return await dispatch(invocation, own, variables, log, fail);
  } catch (error) {
    if (error instanceof WrapperError) {
      return fail(await describe(error), error.exitCode);
    }
    const stack = error instanceof Error ? error.stack : undefined;
    const place = stack?.split("\n")[1]?.trim() ?? "no stack";
    return fail(describeInternalError(error, place), EXIT.internal);
  }
}

Deno.exit(await main());
