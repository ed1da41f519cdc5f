/** `--watch`: repeats the report. On a terminal, each one overwrites the last. */
import { WrapperError } from "@/base/errors.ts";
import { STATUS_EXIT } from "@/fleet/command/errors.ts";
import type { Fleet } from "@/fleet/collect/fleet.ts";
import { renderFleet, type RenderOptions } from "./render.ts";

/** How to show the report, and when to end. */
export interface WatchOptions extends RenderOptions {
  readonly signal: AbortSignal;
  /** Time between two rounds; shorter in tests. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 5000;
const CLEAR = "\x1b[H\x1b[2J";
/** A line that is wider than the screen must not become two. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/**
 * Repeats until the signal aborts or the reader closes the output. An error of
 * the first round is thrown; a later one is shown, and the next round follows.
 *
 * @returns the exit code of the last round
 */
export async function watch(
  probe: () => Promise<Fleet>,
  options: WatchOptions,
): Promise<number> {
  const { stdout, signal, pauseMs = PAUSE_MS } = options;
  let code: number = STATUS_EXIT.unknown;
  for (let round = 0; !signal.aborted; round++) {
    try {
      const fleet = await probe();
      code = fleet.code;
      if (!stdout.write(draw(fleet, options, round === 0))) return code;
    } catch (error) {
      if (signal.aborted) break;
      if (round === 0 || !(error instanceof WrapperError)) throw error;
      code = error.exitCode;
      if (!stdout.write(drawError(error.message, options))) return code;
    }
    await pause(pauseMs, signal);
  }
  if (stdout.size()) stdout.write("\n");
  return code;
}

function draw(
  fleet: Fleet,
  { stdout, format, coloured }: RenderOptions,
  isFirst: boolean,
): string {
  const size = stdout.size();
  const head = `${new Date(fleet.at).toISOString()}  ${fleet.place}`
    .slice(0, size?.columns);
  const rows = size ? size.rows - 3 : Infinity;
  const text = renderFleet(fleet, { stdout, format, coloured, rows });
  if (format === "json") return text;
  const empty = fleet.wrappers.length === 0 ? "no wrapper found\n" : "";
  const lines = `${head}\n\n${text}${empty}`;
  if (!size) return `${lines}\n`;
  // Overwrites line by line, because clearing first flickers. One line is left for
  // the cursor, so that the screen does not scroll.
  const drawn = lines.trimEnd().split("\n").slice(0, size.rows - 1)
    .join("\x1b[K\n");
  const begin = isFirst ? CLEAR : "\x1b[H";
  return `${begin}${WRAP_OFF}${drawn}${WRAP_ON}\x1b[K\x1b[J`;
}

/** Keeps the last table, with the error above it. */
function drawError(message: string, { stdout, format }: RenderOptions): string {
  const time = new Date().toISOString();
  if (format === "json") return `${JSON.stringify({ time, error: message })}\n`;
  const line = `${time}  ${message}`;
  const size = stdout.size();
  return size ? `\x1b[H\x1b[K${line.slice(0, size.columns)}` : `${line}\n\n`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
