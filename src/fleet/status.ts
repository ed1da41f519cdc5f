/**
 * `status`: asks one wrapper or a fleet, says how they stand, and tells a script
 * by its exit code. It throws nothing: what is wrong is told here.
 */
import { EXIT, kindOf, WrapperError } from "@/base/errors.ts";
import {
  parseStatusArgs,
  type StatusOptions,
} from "@/fleet/command/arguments.ts";
import { safeText } from "@/fleet/command/safe_text.ts";
import { STATUS_EXIT } from "@/fleet/command/errors.ts";
import { makeFleet } from "@/fleet/collect/fleet.ts";
import { STATUS_HELP } from "@/fleet/command/help.ts";
import { Interruption } from "@/fleet/command/interruption.ts";
import type { OutputStream } from "@/fleet/command/output_stream.ts";
import { ProgressLine } from "@/fleet/command/progress.ts";
import { isColoured, renderFleet } from "./render.ts";
import { openSource, type Source } from "@/fleet/collect/source.ts";
import { watch } from "./watch.ts";

export { openOutputStream } from "@/fleet/command/output_stream.ts";

/** What it is run with. */
export interface StatusRequest {
  /** The words behind `status`. */
  readonly words: readonly string[];
  /** The caller's environment. */
  readonly variables: ReadonlyMap<string, string>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** Runs it. @returns the exit code: STATUS_EXIT, 64, or 128 + a signal */
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
    // What was not foreseen is told by its kind: its text might quote anything.
    const [text, code] = error instanceof WrapperError
      ? [error.message, error.exitCode]
      : [`Internal error: ${kindOf(error)}; please report it`, EXIT.internal];
    // Names of contexts and words of servers are in it.
    request.stderr.write(`cloudtaser-wrapper: ${safeText(text, 2000)}\n`);
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
  let rounds = 0;
  using source = openSource({
    options,
    variables,
    signal,
    // Later the last round's table is on the screen, and stays whole.
    progress: (words) => rounds === 0 && line.show(words),
  });
  const look = () =>
    lookAround(source, options).finally(() => {
      rounds++;
      line.clear();
    });
  const form = { format: options.format, coloured: isColoured(request) };
  if (options.watch) return await watch(look, { ...form, stdout, signal });
  const fleet = await look();
  if (fleet.wrappers.length === 0) {
    stderr.write(`cloudtaser-wrapper: no wrapper found in ${source.place}\n`);
  }
  stdout.write(renderFleet(fleet, { ...form, stdout }));
  return fleet.code;
}

async function lookAround(source: Source, { minimum }: StatusOptions) {
  const probes = await source.probe();
  return makeFleet(probes, {
    at: Date.now(),
    place: source.place,
    minimum,
  });
}
