/** The rows as text for a terminal, and as Markdown for docs/PERFORMANCE.md. */
import { type MachineFigures, renderLoad } from "../machine.ts";
import type { Row } from "./rows.ts";

/** The table for a terminal. */
export function renderTable(rows: readonly Row[]): string {
  const wide = Math.max(...rows.map(({ what }) => what.length)) + 2;
  return rows.map(({ what, value, goal, isMet }) => {
    const verdict = isMet ? "met" : "NOT MET";
    const end = goal === undefined ? "" : `  [${goal}: ${verdict}]`;
    return `${what.padEnd(wide)}${value}${end}`;
  }).join("\n");
}

/** Sentences about the machine, and the table. */
export function renderMarkdown(
  machine: MachineFigures,
  rows: readonly Row[],
): string {
  const { date, processor, kernel } = machine;
  const about = `Measured on ${date}: ${processor}, Linux ${kernel}. ${
    renderLoad(machine)
  } Each figure is the median, with the minimum and the number of runs.`;
  const lines = rows.map(({ what, value, goal, isMet }) => {
    const name = what.startsWith("  ") ? `– ${what.trim()}` : what;
    const verdict = goal === undefined
      ? ""
      : `${goal}: ${isMet ? "met" : "**missed**"}`;
    return `| ${name} | ${value} | ${verdict} |`;
  });
  const head = ["| what | measured | goal |", "| --- | --- | --- |"];
  return [about, "", ...head, ...lines].join("\n");
}
