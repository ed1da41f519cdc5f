/** Renders a report in the requested format. */
import type { Format } from "@/fleet/command/arguments.ts";
import type { Fleet } from "@/fleet/collect/fleet.ts";
import { renderPage } from "@/fleet/render/html/page.ts";
import { renderJson } from "@/fleet/render/json.ts";
import type { OutputStream } from "@/fleet/command/output_stream.ts";
import { makeColours } from "@/fleet/render/colours.ts";
import { renderTextView } from "@/fleet/render/text_view.ts";
import { renderTable } from "@/fleet/render/table.ts";

/** How to render. */
export interface RenderOptions {
  readonly format: Format;
  readonly coloured: boolean;
  readonly stdout: OutputStream;
  /** One of several reports: at most this many lines, and JSON on one line. */
  readonly rows?: number;
}

/** Whether to use colours: see https://no-color.org. */
export function isColoured(
  { stdout, variables }: {
    readonly stdout: OutputStream;
    readonly variables: ReadonlyMap<string, string>;
  },
): boolean {
  return stdout.isTerminal && !variables.get("NO_COLOR") &&
    variables.get("TERM") !== "dumb";
}

/** The output of one round. As text, an empty fleet is an empty string. */
export function renderFleet(fleet: Fleet, options: RenderOptions): string {
  const { format, coloured, stdout, rows } = options;
  if (format === "json") return renderJson(fleet, rows !== undefined);
  if (format === "html") return renderPage(fleet);
  const colours = makeColours(coloured);
  const wide = format === "wide";
  const [first] = fleet.wrappers;
  if (!first) return "";
  if (fleet.wrappers.length === 1) {
    return renderTextView(first, { colours, wide, aligned: stdout.isTerminal });
  }
  const columns = wide ? undefined : stdout.size()?.columns;
  return renderTable(fleet, { colours, wide, columns, rows });
}
