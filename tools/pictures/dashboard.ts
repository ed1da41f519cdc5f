/**
 * The Grafana dashboard without Grafana: each panel's queries are asked of a
 * Prometheus, the answers drawn where the panel stands. For pictures only.
 */
import type { Line, Past } from "./past.ts";
import { drawBars, drawNumber, drawPlot, drawTable } from "./plots.ts";

/** What of a panel is drawn. */
export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly {
    readonly expr: string;
    readonly legendFormat?: string;
  }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

/** An answer with the name that the legend gives it. */
export interface Named extends Line {
  readonly name: string;
}

/** The time that is shown, in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const STEP_S = 120;
const COLUMN_PX = 52;
const ROW_PX = 34;
const STYLE = `* { box-sizing: border-box }
body { margin: 0; background: #111217; color: #ccccdc; font: 13px/1.4 "DejaVu Sans", sans-serif }
main { position: relative; width: 1264px; margin: 8px }
section { position: absolute; overflow: hidden; padding: 6px 10px; background: #181b1f; border: 1px solid #2c3036; border-radius: 3px }
section.row { background: none; border: none; font-size: 15px; padding: 4px 2px }
h2 { font-size: 13px; margin: 0 0 4px; font-weight: 600 }
.number { font-size: 44px; text-align: center; margin-top: 22px }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: 2px 8px 2px 0; border-top: 1px solid #2c3036; white-space: nowrap; font-size: 12px }
svg { display: block } .legend { font-size: 11.5px; line-height: 1.5 } .legend span { display: inline-block; white-space: nowrap } .legend i { display: inline-block; width: 11px; height: 3px; margin: 0 5px 3px 12px }`;

/** The page. */
export async function drawDashboard(
  past: Past,
  panels: readonly Panel[],
  span: Span,
): Promise<string> {
  const parts: string[] = [];
  let bottom = 0;
  for (const panel of panels) {
    const { x, y, w, h } = panel.gridPos;
    bottom = Math.max(bottom, y + h);
    const place = `left:${x * COLUMN_PX}px;top:${y * ROW_PX}px;width:${
      w * COLUMN_PX - 8
    }px;height:${h * ROW_PX - 8}px`;
    parts.push(
      panel.type === "row"
        ? `<section class="row" style="${place}">${panel.title}</section>`
        : `<section style="${place}"><h2>${panel.title}</h2>${
          draw(panel, await ask(past, panel, span), span)
        }</section>`,
    );
  }
  return `<!DOCTYPE html><meta charset="utf-8"><style>${STYLE}</style><main style="height:${
    bottom * ROW_PX
  }px">${parts.join("\n")}</main>`;
}

function draw(panel: Panel, lines: readonly Named[], span: Span): string {
  const { w, h } = panel.gridPos;
  const size = { width: w * COLUMN_PX - 30, height: h * ROW_PX - 84 };
  const unit = panel.fieldConfig?.defaults.unit ?? "";
  switch (panel.type) {
    case "stat":
      return drawNumber(lines);
    case "bargauge":
      return drawBars(lines, size.width);
    case "table":
      return drawTable(lines);
    case "timeseries":
      return drawPlot(lines, { ...span, ...size, unit });
    default:
      throw new Error(`No way to draw a ${panel.type}`);
  }
}

async function ask(
  past: Past,
  panel: Panel,
  { start, end }: Span,
): Promise<Named[]> {
  const step = panel.type === "timeseries" ? STEP_S : 0;
  const answers = (panel.targets ?? []).map(async (target) => {
    const query = target.expr.replaceAll("$__rate_interval", "5m")
      .replaceAll("$__range", `${end - start}s`)
      .replaceAll("$namespace", ".*");
    const lines = await past.ask(query, { start, end, step });
    return lines.map((line) => ({ ...line, name: nameOf(line, target) }));
  });
  return (await Promise.all(answers)).flat();
}

function nameOf(
  { labels }: Line,
  { legendFormat = "" }: { readonly legendFormat?: string },
): string {
  return legendFormat.replace(
    /\{\{(\w+)\}\}/g,
    (_, label) => labels[label] ?? "",
  );
}
