/** Rows of the benchmark's table, and how its values are written. */
import type { Figures, ProductFigures } from "./figures.ts";
import type { NotRun } from "../peers.ts";
import type { Summary } from "../summary.ts";

/** One line: what, its value, and for some a goal and whether it is met. */
export interface Row {
  readonly what: string;
  readonly value: string;
  readonly goal?: string;
  readonly isMet?: boolean;
}

/** What a product must reach. */
interface Aim {
  readonly goal: string;
  readonly isMet: (product: ProductFigures) => boolean;
}

/** A row of the first product with its goal, and one of each other product. */
export function listProducts(
  { products }: Figures,
  what: string,
  render: (product: ProductFigures) => string,
  aim?: Aim,
): Row[] {
  return Object.entries(products).map(([name, product], i) => ({
    what: i === 0 ? what : `  ${name}`,
    value: render(product),
    ...i === 0 && aim && { goal: aim.goal, isMet: aim.isMet(product) },
  }));
}

export function renderMs({ median, min, n }: Summary): string {
  return `${median.toFixed(1)} ms (min ${min.toFixed(1)}, n=${n})`;
}

export function renderNotRun({ notRun }: NotRun): string {
  return `not run: ${notRun}`;
}

/** One decimal. */
export function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024 * 10) / 10;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
