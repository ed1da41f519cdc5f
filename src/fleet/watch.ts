/** `--watch`: the same again and again, drawn over the last on a terminal. */
import { WrapperError } from "@/base/errors.ts";
import { STATUS_EXIT } from "@/fleet/command/errors.ts";
import type { Fleet } from "@/fleet/collect/fleet.ts";
import { renderFleet, type RenderOptions } from "./render.ts";

/** How it is shown, and when it ends. */
export interface WatchOptions extends RenderOptions {
  readonly signal: AbortSignal;
  /** Between two rounds; shorter in tests. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 5000;
const CLEAR = "\x1b[H\x1b[2J";
/** A line that is longer than the screen is wide must not become two. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/**
 * Looks until it is interrupted or nobody reads any more. A round that fails
 * later than the first is told and does not end it.
 *
 * @returns the exit code of the last round
 */
export async function watch(
  look: () => Promise<Fleet>,
  options: WatchOptions,
): Promise<number> {
  const { stdout, signal, pauseMs = PAUSE_MS } = options;
  let code: number = STATUS_EXIT.unknown;
  for (let round = 0; !signal.aborted; round++) {
    try {
      const fleet = await look();
      code = fleet.code;
      if (!stdout.write(draw(fleet, options, round === 0))) return code;
    } catch (error) {
      if (signal.aborted) break;
      if (round === 0 || !(error instanceof WrapperError)) throw error;
      code = error.exitCode;
      if (!stdout.write(tell(error.message, options))) return code;
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
  const nobody = fleet.wrappers.length === 0 ? "no wrapper found\n" : "";
  const lines = `${head}\n\n${text}${nobody}`;
  if (!size) return `${lines}\n`;
  // Over the old one, line by line: clearing first would flicker. One line is
  // for the cursor: what is higher than the screen would push its head out.
  const drawn = lines.trimEnd().split("\n").slice(0, size.rows - 1)
    .join("\x1b[K\n");
  const begin = isFirst ? CLEAR : "\x1b[H";
  return `${begin}${WRAP_OFF}${drawn}${WRAP_ON}\x1b[K\x1b[J`;
}

/** The last table stays: it is old, and the line says so. */
function tell(message: string, { stdout, format }: RenderOptions): string {
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
