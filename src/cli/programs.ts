/**
 * Subcommands with a program of their own in the binary, loaded on demand: the
 * wrapper's program is parsed at every start of a container and stays small.
 */
import type { AgentScript, Fail } from "@/agent/command.ts";
import type { explainFlag, explainTopic, renderHelp } from "./help.ts";
import type { Log } from "@/base/log.ts";
import type { Invocation } from "@/config/reader.ts";
import type { serveJob as ServeJob } from "@/fetcher/serve.ts";
import type { openOutputStream } from "@/fleet/command/output_stream.ts";
import type { RuleEngine } from "@/fleet/policy/judge.ts";
import type { runStatus as RunStatus } from "@/fleet/status.ts";
import type { runPolicy as RunPolicy } from "@/policy/command/policy.ts";
import type { EnvironmentEntry, OwnBlocks } from "@/process/own_blocks.ts";
import { loadCompressedScript, loadScript } from "@/process/script.ts";

/** Exports of help.ts. */
interface HelpScript {
  readonly renderHelp: typeof renderHelp;
  readonly explainFlag: typeof explainFlag;
  readonly explainTopic: typeof explainTopic;
}

/** Exports of fleet/status.ts. */
interface StatusScript {
  readonly openOutputStream: typeof openOutputStream;
  readonly runStatus: typeof RunStatus;
}

/** Loads and runs `agent`, which serves until a signal, or does one job. @returns the exit code */
export async function loadAgent(
  invocation: Invocation,
  own: OwnBlocks,
  log: Log,
  fail: Fail,
): Promise<number> {
  const { runAgent } = await loadCompressedScript<AgentScript>("agent");
  return await runAgent(invocation, own, log, fail);
}

/**
 * Loads and runs a fetcher, where bootstrap.js did not: under `deno run` and on Deno's own base.
 *
 * @returns the exit code
 */
export async function loadFetcher(): Promise<number> {
  const { serveJob } = await loadScript<{ serveJob: typeof ServeJob }>(
    "fetcher",
  );
  return await serveJob();
}

/** Loads the texts of the help. */
export async function loadHelp(): Promise<HelpScript> {
  return await loadScript<HelpScript>("help");
}

/** Loads and runs `status`, which shows how well one wrapper or a cluster is protected. @returns the exit code */
export async function loadStatus(
  { operands }: Invocation,
  { environment }: OwnBlocks,
): Promise<number> {
  const script = await loadCompressedScript<StatusScript>("status");
  return await script.runStatus({
    words: operands.map((operand) => decode(operand.subarray(0, -1))),
    variables: listAll(environment),
    stdout: script.openOutputStream(Deno.stdout),
    stderr: script.openOutputStream(Deno.stderr),
    loadRules: () => loadCompressedScript<RuleEngine>("policy"),
  });
}

/** Loads and runs `policy`, which renders the policies of a cluster or explains manifests. @returns the exit code */
export async function loadPolicy({ operands }: Invocation): Promise<number> {
  const { runPolicy } = await loadCompressedScript<{
    runPolicy: typeof RunPolicy;
  }>(
    "policy",
  );
  return await runPolicy(operands.map((word) => decode(word.subarray(0, -1))));
}

/** All variables, tokens included: credential plugins receive what kubectl would pass. Of equal names the first wins. */
function listAll(
  environment: readonly EnvironmentEntry[],
): Map<string, string> {
  return new Map(
    environment.toReversed().filter(({ name }) => name !== "")
      .map(({ name, value }) => [name, decode(value)]),
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
