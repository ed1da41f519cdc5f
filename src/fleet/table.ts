/** Many wrappers on a screen: one line each, the lowest score first. */
import { failedChecks, type Fleet, type Member } from "./fleet.ts";
import type { Brush, Paint } from "./paint.ts";
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

interface Column {
  readonly title: string;
  readonly text: (member: Member) => string;
  readonly brush?: (member: Member) => Brush;
}

const GAP = "   ";

/** The table, and the fleet in one sentence below it. */
export function renderTable(fleet: Fleet, options: TableOptions): string {
  const { paint, columns: width } = options;
  const columns = chooseColumns(fleet, options);
  const shown = fleet.members.slice(0, countShown(fleet, options));
  const left = fleet.members.length - shown.length;
  const widths = columns.map(({ title, text }) =>
    Math.max(title.length, ...shown.map((member) => text(member).length))
  );
  const titles = columns.map(({ title }) => title);
  const lines = [
    paint.strong(cut(joinCells(titles, widths), width)),
    ...shown.map((member) => renderRow(member, columns, { widths, width })),
    ...(left > 0 ? [paint.faint(`… and ${left} more`)] : []),
    "",
    // Where height counts a line must not become two.
    cut(summarize(fleet), options.rows === undefined ? undefined : width),
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
    { title: "POD", text: ({ name }) => name },
    { title: "SCORE", text: renderScore, brush: standing },
    { title: "BAND", text: ({ standing }) => standing, brush: standing },
    { title: "MIN", text: ({ minimum }) => String(minimum), brush: isMarked },
    ...(wide ? WIDE : []),
    { title: "FAILS", text: describeFailures },
  ];
}

const NAMESPACE: Column = {
  title: "NAMESPACE",
  text: ({ subject }) => subject.namespace,
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
  columns: readonly Column[],
  { widths, width }: { widths: readonly number[]; width?: number | undefined },
): string {
  let left = width ?? Infinity;
  const cells = columns.map(({ text, brush }, index) => {
    const isLast = index === columns.length - 1;
    const padded = text(member).padEnd(isLast ? 0 : widths[index] ?? 0);
    // Cut before it is painted: a colour that is cut off stays on.
    const cell = cut(isLast ? padded : padded + GAP, left);
    left -= cell.length;
    return brush ? brush(member)(cell) : cell;
  });
  return cells.join("").trimEnd();
}

function joinCells(
  cells: readonly string[],
  widths: readonly number[],
): string {
  return cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(GAP)
    .trimEnd();
}

function cut(text: string, width = Infinity): string {
  if (text.length <= width) return text;
  return width < 1 ? "" : `${text.slice(0, width - 1)}…`;
}
