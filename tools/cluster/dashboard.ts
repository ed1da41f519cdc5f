/**
 * Makes the Grafana dashboard, deploy/chart/files/dashboard.json, of a short
 * table of panels: `deno run -A tools/cluster.ts manifests` writes it, a test
 * runs each of its queries against a real Prometheus.
 */
import { AGENT_PANELS, FLEET_PANELS, type Panel } from "./panels.ts";

/** Uid in Grafana: links to it stay what they are. */
const UID = "cloudtaser";
const COLUMNS = 24;

/** Where every panel's data come from: chosen on top of the page. */
const SOURCE = { type: "prometheus", uid: "${datasource}" };

/** The JSON text, as Grafana imports it. */
export function renderDashboard(): string {
  const rows = [
    ["Fleet by score, and what fails where", FLEET_PANELS],
    ["Agents, and attacks", AGENT_PANELS],
  ] as const;
  const panels: unknown[] = [];
  let y = 0;
  for (const [title, members] of rows) {
    const gridPos = { h: 1, w: COLUMNS, x: 0, y: y++ };
    panels.push({ type: "row", title, collapsed: false, gridPos, panels: [] });
    y = place(members, y, panels);
  }
  const dashboard = {
    uid: UID,
    title: "CloudTaser",
    description: "Protection of secrets: docs/METRICS.md and docs/AGENT.md",
    tags: ["cloudtaser", "security"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: { list: VARIABLES },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      ...panel as object,
    })),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

/** Left to right, in rows of one height; answers where the next begins. */
function place(members: readonly Panel[], y: number, out: unknown[]): number {
  let x = 0;
  let height = 0;
  for (const panel of members) {
    if (x + panel.width > COLUMNS) {
      y += height;
      x = 0;
    }
    height = panel.height;
    out.push(describe(panel, { h: height, w: panel.width, x, y }));
    x += panel.width;
  }
  return y + height;
}

function describe(panel: Panel, gridPos: unknown): unknown {
  const instant = panel.type !== "timeseries";
  return {
    type: panel.type,
    title: panel.title,
    description: panel.description,
    datasource: SOURCE,
    gridPos,
    targets: panel.queries.map(({ query, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr: query,
      legendFormat: legend,
      instant,
      range: !instant,
      format: panel.type === "table" ? "table" : "time_series",
    })),
    fieldConfig: {
      defaults: {
        unit: panel.unit ?? "short",
        min: 0,
        ...(panel.steps && { thresholds: thresholds(panel.steps) }),
        color: { mode: panel.steps ? "thresholds" : "palette-classic" },
      },
      overrides: [],
    },
    options: optionsOf(panel),
    ...(panel.type === "table" && { transformations: TABLE }),
  };
}

function thresholds(steps: NonNullable<Panel["steps"]>): unknown {
  const all = steps.map(([value, color]) => ({ value, color }));
  return { mode: "absolute", steps: all };
}

function optionsOf({ type }: Panel): unknown {
  if (type === "timeseries") {
    return { legend: { displayMode: "list", placement: "bottom" } };
  }
  if (type === "table") return { showHeader: true };
  const reduceOptions = { calcs: ["lastNotNull"], fields: "", values: false };
  return type === "stat"
    ? { reduceOptions, colorMode: "value", graphMode: "none" }
    : { reduceOptions, orientation: "horizontal", displayMode: "basic" };
}

/** Columns that say nothing here. */
const TABLE = [{
  id: "organize",
  options: {
    excludeByName: { Time: true, __name__: true, instance: true, job: true },
  },
}];

const VARIABLES = [
  {
    name: "datasource",
    label: "Prometheus",
    type: "datasource",
    query: "prometheus",
  },
  {
    name: "namespace",
    label: "Namespace",
    type: "query",
    datasource: SOURCE,
    query: {
      refId: "namespace",
      query: "label_values(cloudtaser_protection_score, namespace)",
    },
    refresh: 2,
    includeAll: true,
    allValue: ".*",
    multi: true,
    current: { text: "All", value: "$__all" },
  },
];
