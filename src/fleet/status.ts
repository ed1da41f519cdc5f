/**
 * `status`: queries one wrapper or a fleet, and reports scores; or what the
 * policy would refuse. Scripts use the exit code. This is a program of its own, so it reports its errors itself.
 */
import { EXIT, kindOf, WrapperError } from "@/base/errors.ts";
import {
  parseStatusArgs,
  type StatusOptions,
} from "@/fleet/command/arguments.ts";
import { safeText } from "@/base/text.ts";
import { STATUS_EXIT } from "@/fleet/command/errors.ts";
import { describeBelow, makeFleet } from "@/fleet/collect/fleet.ts";
import { STATUS_HELP } from "@/fleet/command/help.ts";
import { Interruption } from "@/fleet/command/interruption.ts";
import type { OutputStream } from "@/fleet/command/output_stream.ts";
import { ProgressLine } from "@/fleet/command/progress.ts";
import { isColoured, renderFleet } from "./render.ts";
import { reportPolicy } from "@/fleet/policy/command.ts";
import type { RuleEngine } from "@/fleet/policy/judge.ts";
import { openSource, type Source } from "@/fleet/collect/source.ts";
import { watch } from "./watch.ts";

export { openOutputStream } from "@/fleet/command/output_stream.ts";

/** What `status` runs with. */
export interface StatusRequest {
  /** The arguments after `status`. */
  readonly words: readonly string[];
  /** The environment. */
  readonly variables: ReadonlyMap<string, string>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The rules for `--policy`, which are in the script of another program. */
  readonly loadRules: () => Promise<RuleEngine>;
}

/** Runs `status`. Never rejects. @returns STATUS_EXIT, 64, or 128 + a signal */
export async function runStatus(request: StatusRequest): Promise<number> {
  using interruption = new Interruption();
  const { signal } = interruption;
  try {
    const options = await parseStatusArgs(request.words);
    if (!options.help) return await perform(options, request, signal);
    request.stdout.write(STATUS_HELP);
    return STATUS_EXIT.good;
  } catch (error) {
    if (interruption.signo !== undefined) return 128 + interruption.signo;
    // The message of an unexpected error may quote anything.
    const [text, code] = error instanceof WrapperError
      ? [error.message, error.exitCode]
      : [`Internal error: ${kindOf(error)}; please report it`, EXIT.internal];
    // The message may quote context names and servers.
    note(request.stderr, text);
    return code;
  }
}

async function perform(
  options: StatusOptions,
  request: StatusRequest,
  signal: AbortSignal,
): Promise<number> {
  const { stdout, stderr, variables } = request;
  const line = new ProgressLine(stderr);
  if (options.policy) return await judge(options, request, signal);
  let rounds = 0;
  using source = openSource({
    options,
    variables,
    signal,
    // With --watch, later rounds keep the last table on the screen.
    progress: (words) => rounds === 0 && line.show(words),
  });
  const probe = () =>
    probeFleet(source, options).finally(() => {
      rounds++;
      line.clear();
    });
  const form = { format: options.format, coloured: isColoured(request) };
  if (options.watch) return await watch(probe, { ...form, stdout, signal });
  const fleet = await probe();
  if (fleet.wrappers.length === 0) {
    note(stderr, `no wrapper found in ${source.place}`);
  }
  stdout.write(renderFleet(fleet, { ...form, stdout }));
  const below = describeBelow(fleet);
  if (below !== undefined) stderr.write(`cloudtaser-wrapper: ${below}\n`);
  return fleet.code;
}

async function judge(
  options: StatusOptions,
  { stdout, stderr, variables, loadRules }: StatusRequest,
  signal: AbortSignal,
): Promise<number> {
  const line = new ProgressLine(stderr);
  return await reportPolicy({
    ...{ options, variables, stdout, signal, loadRules },
    progress: (words) => line.show(words),
    note: (words) => {
      line.clear();
      note(stderr, words);
    },
  }).finally(() => line.clear());
}

function note(stderr: OutputStream, words: string): void {
  stderr.write(`cloudtaser-wrapper: ${safeText(words, 2000)}\n`);
}

async function probeFleet(source: Source, { minimum }: StatusOptions) {
  const probes = await source.probe();
  return makeFleet(probes, { at: Date.now(), place: source.place, minimum });
}
