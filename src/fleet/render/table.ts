/** Text output for several wrappers: one line each, the lowest score first. */
import { cutEnd, cutMiddle, pad } from "./cells.ts";
import { type Column, fitColumns, type Fitted, GAP } from "./columns.ts";
import {
  failedChecks,
  type Fleet,
  type FleetWrapper,
} from "@/fleet/collect/fleet.ts";
import type { Colours } from "./colours.ts";
import { orDash, renderScore, summarize } from "./formatting.ts";
import { renderAge } from "@/protocol/status.ts";

/** How to render a table. */
export interface TableOptions {
  readonly colours: Colours;
  readonly wide: boolean;
  /** Width of lines; undefined: unlimited. */
  readonly columns?: number | undefined;
  /** Maximum number of lines; undefined: unlimited. */
  readonly rows?: number | undefined;
}

/** The table, and a summary in one sentence. */
export function renderTable(fleet: Fleet, options: TableOptions): string {
  const { colours, columns: width = Infinity } = options;
  const shown = fleet.wrappers.slice(0, countShown(fleet, options));
  const left = fleet.wrappers.length - shown.length;
  const columns = fitColumns(chooseColumns(fleet, options), shown, width);
  const lines = [
    colours.strong(renderTitles(columns, width)),
    ...shown.map((wrapper) => renderRow(wrapper, columns, width)),
    ...(left > 0 ? [colours.faint(`… and ${left} more`)] : []),
    "",
    // With a limited height, a line must not wrap.
    cutEnd(summarize(fleet), options.rows === undefined ? Infinity : width),
  ];
  return `${lines.join("\n")}\n`;
}

/** Leaves space for titles, an empty line, the summary and the number of omitted rows. */
function countShown({ wrappers }: Fleet, { rows }: TableOptions): number {
  if (rows === undefined || wrappers.length + 3 <= rows) return wrappers.length;
  return Math.max(1, rows - 4);
}

function chooseColumns(
  { wrappers }: Fleet,
  { colours, wide }: TableOptions,
): Column[] {
  const namespaces = new Set(wrappers.map(({ target }) => target.namespace));
  const band = ({ band }: FleetWrapper) => colours.band(band);
  const isMarked = ({ isBelow }: FleetWrapper) =>
    isBelow ? colours.bad : (s: string) => s;
  return [
    ...(namespaces.size > 1 ? [NAMESPACE] : []),
    { title: "POD", text: ({ name }) => name, least: 12 },
    { title: "SCORE", text: renderScore, colour: band },
    { title: "BAND", text: ({ band }) => band, colour: band, expendable: 1 },
    { title: "MIN", text: renderMinimum, colour: isMarked, expendable: 2 },
    ...(wide ? WIDE : []),
    { title: "FAILS", text: describeFailures },
  ];
}

const NAMESPACE: Column = {
  title: "NAMESPACE",
  text: ({ target }) => target.namespace,
  least: 8,
  expendable: 3,
};

const WIDE: readonly Column[] = [
  { title: "NODE", text: ({ target }) => orDash(target.node) },
  { title: "APP", text: ({ status }) => orDash(status?.application.state) },
  { title: "AGENT", text: describeAgent },
  { title: "VAULT", text: ({ status }) => orDash(status?.vault.state) },
  { title: "LEASE", text: describeLease },
  {
    title: "UP",
    text: ({ status }) => status ? renderAge(status.uptimeSeconds) : "-",
  },
  { title: "VERSION", text: ({ status }) => orDash(status?.version) },
];

function describeAgent({ status }: FleetWrapper): string {
  if (!status?.agent.connected) return "-";
  return status.agent.mode ?? "?";
}

function describeLease({ status }: FleetWrapper): string {
  const ttl = status?.vault.leaseTtlSeconds ?? null;
  return ttl === null ? "-" : renderAge(ttl);
}

/** The failed checks, or why there is no score. */
function describeFailures(wrapper: FleetWrapper): string {
  if (wrapper.error) return wrapper.error;
  return orDash(failedChecks(wrapper).map(({ name }) => name).join(","));
}

function renderRow(
  wrapper: FleetWrapper,
  columns: readonly Fitted[],
  width: number,
): string {
  let left = width;
  const rendered = columns.map(({ column, cells }, index) => {
    const { text, colour, least } = column;
    const isLast = index === columns.length - 1;
    const short = least === undefined
      ? text(wrapper)
      : cutMiddle(text(wrapper), cells);
    // Cut before colouring: a cut would lose the code that ends a colour.
    const cell = cutEnd(isLast ? short : pad(short, cells) + GAP, left);
    left -= isLast ? 0 : cells + GAP.length;
    return colour ? colour(wrapper)(cell) : cell;
  });
  return rendered.join("").trimEnd();
}

function renderTitles(columns: readonly Fitted[], width: number): string {
  const titles = columns.map(({ column, cells }) => pad(column.title, cells));
  return cutEnd(titles.join(GAP).trimEnd(), width);
}

/** Without a response, the wrapper's own minimum is unknown. */
function renderMinimum({ status, minimum }: FleetWrapper): string {
  return status || minimum > 0 ? String(minimum) : "-";
}
