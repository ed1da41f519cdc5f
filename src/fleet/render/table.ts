/** Many wrappers on a screen: one line each, the lowest score first. */
import { cutEnd, cutMiddle, pad } from "./cells.ts";
import { type Column, fitColumns, type Fitted, GAP } from "./columns.ts";
import {
  failedChecks,
  type Fleet,
  type Member,
} from "@/fleet/collect/fleet.ts";
import type { Paint } from "./paint.ts";
import { orDash, renderAge, renderScore, summarize } from "./words.ts";

/** How it is written. */
export interface TableOptions {
  readonly paint: Paint;
  readonly wide: boolean;
  /** Lines are cut here; undefined: never. */
  readonly columns?: number | undefined;
  /** So many lines in all at most; undefined: all of them. */
  readonly rows?: number | undefined;
}

/** The table, and the fleet in one sentence below it. */
export function renderTable(fleet: Fleet, options: TableOptions): string {
  const { paint, columns: width = Infinity } = options;
  const shown = fleet.members.slice(0, countShown(fleet, options));
  const left = fleet.members.length - shown.length;
  const columns = fitColumns(chooseColumns(fleet, options), shown, width);
  const lines = [
    paint.strong(renderTitles(columns, width)),
    ...shown.map((member) => renderRow(member, columns, width)),
    ...(left > 0 ? [paint.faint(`… and ${left} more`)] : []),
    "",
    // Where height counts a line must not become two.
    cutEnd(summarize(fleet), options.rows === undefined ? Infinity : width),
  ];
  return `${lines.join("\n")}\n`;
}

/** Title, empty line, sentence; and one that says how many are left out. */
function countShown({ members }: Fleet, { rows }: TableOptions): number {
  if (rows === undefined || members.length + 3 <= rows) return members.length;
  return Math.max(1, rows - 4);
}

function chooseColumns(
  { members }: Fleet,
  { paint, wide }: TableOptions,
): Column[] {
  const namespaces = new Set(members.map(({ subject }) => subject.namespace));
  const standing = ({ standing }: Member) => paint.standing(standing);
  const isMarked = ({ isBelow }: Member) =>
    isBelow ? paint.bad : (s: string) => s;
  return [
    ...(namespaces.size > 1 ? [NAMESPACE] : []),
    { title: "POD", text: ({ name }) => name, least: 12 },
    { title: "SCORE", text: renderScore, brush: standing },
    {
      title: "BAND",
      text: ({ standing }) => standing,
      brush: standing,
      expendable: 1,
    },
    { title: "MIN", text: renderMinimum, brush: isMarked, expendable: 2 },
    ...(wide ? WIDE : []),
    { title: "FAILS", text: describeFailures },
  ];
}

const NAMESPACE: Column = {
  title: "NAMESPACE",
  text: ({ subject }) => subject.namespace,
  least: 8,
  expendable: 3,
};

const WIDE: readonly Column[] = [
  { title: "NODE", text: ({ subject }) => orDash(subject.node) },
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

function describeAgent({ status }: Member): string {
  if (!status?.agent.connected) return "-";
  return status.agent.mode ?? "?";
}

function describeLease({ status }: Member): string {
  const ttl = status?.vault.leaseTtlSeconds ?? null;
  return ttl === null ? "-" : renderAge(ttl);
}

/** The checks that fail, or why nothing is known. */
function describeFailures(member: Member): string {
  if (member.silence) return member.silence;
  return orDash(failedChecks(member).map(({ name }) => name).join(","));
}

function renderRow(
  member: Member,
  columns: readonly Fitted[],
  width: number,
): string {
  let left = width;
  const rendered = columns.map(({ column, cells }, index) => {
    const { text, brush, least } = column;
    const isLast = index === columns.length - 1;
    const short = least === undefined
      ? text(member)
      : cutMiddle(text(member), cells);
    // Cut before it is painted: a colour that is cut off stays on.
    const cell = cutEnd(isLast ? short : pad(short, cells) + GAP, left);
    left -= isLast ? 0 : cells + GAP.length;
    return brush ? brush(member)(cell) : cell;
  });
  return rendered.join("").trimEnd();
}

function renderTitles(columns: readonly Fitted[], width: number): string {
  const titles = columns.map(({ column, cells }) => pad(column.title, cells));
  return cutEnd(titles.join(GAP).trimEnd(), width);
}

/** Whoever says nothing has told no minimum either. */
function renderMinimum({ status, minimum }: Member): string {
  return status || minimum > 0 ? String(minimum) : "-";
}
