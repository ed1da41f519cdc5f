/** Fits the columns of a table to the width of the terminal. Pure. */
import { measure } from "./cells.ts";
import type { FleetWrapper } from "@/fleet/collect/fleet.ts";
import type { Colour } from "./colours.ts";

/** One column. */
export interface Column {
  readonly title: string;
  readonly text: (wrapper: FleetWrapper) => string;
  readonly colour?: (wrapper: FleetWrapper) => Colour;
  /** The text may be shortened to this many cells. */
  readonly least?: number;
  /** May be omitted; the lowest first. */
  readonly expendable?: number;
}

/** A column and its width. */
export interface Fitted {
  readonly column: Column;
  readonly cells: number;
}

export const GAP = "   ";
/** Minimum for the last column. */
const LAST_CELLS = 20;

/** Shortens names first, the longest most, and then omits columns. */
export function fitColumns(
  columns: readonly Column[],
  wrappers: readonly FleetWrapper[],
  width = Infinity,
): Fitted[] {
  const whole = columns.map((column) => ({
    column,
    cells: Math.max(
      measure(column.title),
      ...wrappers.map((wrapper) => measure(column.text(wrapper))),
    ),
  }));
  const fitted = shorten(whole, width);
  const [first] = columns
    .filter(({ expendable }) => expendable !== undefined)
    .toSorted((a, b) => (a.expendable ?? 0) - (b.expendable ?? 0));
  if (!first || total(fitted) <= width) return fitted;
  return fitColumns(columns.filter((one) => one !== first), wrappers, width);
}

function shorten(whole: readonly Fitted[], width: number): Fitted[] {
  const fitted = whole.map((one) => ({ ...one }));
  for (let excess = total(fitted) - width; excess > 0; excess--) {
    const [longest] = fitted
      .filter(({ column, cells }) => cells > (column.least ?? cells))
      .toSorted((a, b) => b.cells - a.cells);
    if (!longest) break;
    longest.cells--;
  }
  return fitted;
}

/** The last column may be cut at the edge of the terminal. */
function total(fitted: readonly Fitted[]): number {
  return fitted.reduce((sum, { cells }, index) => {
    const isLast = index === fitted.length - 1;
    return sum + (isLast ? Math.min(cells, LAST_CELLS) : cells + GAP.length);
  }, 0);
}
