/** Plots, bars, numbers and tables as HTML: plain, for the dashboard's picture. Pure. */
import type { Named, Span } from "./dashboard.ts";

const COLOURS = [
  "#73bf69",
  "#f2cc0c",
  "#8ab8ff",
  "#ff780a",
  "#f2495c",
  "#b877d9",
  "#5fe0d7",
  "#fade2a",
];
const LEFT = 46;
const BOTTOM = 18;
const MOST_NAMES = 4;

/** How a plot is drawn. */
export interface PlotOptions extends Span {
  readonly width: number;
  readonly height: number;
  /** `s`: seconds. */
  readonly unit: string;
}

/** Lines over time, with the names of the highest below. */
export function drawPlot(
  unsorted: readonly Named[],
  options: PlotOptions,
): string {
  const { width, height, start, end } = options;
  const lines = unsorted.toSorted((a, b) => highestOf(b) - highestOf(a));
  const top = ceiling(Math.max(1, ...lines.map(highestOf)));
  const scale: Scale = {
    top,
    x: (time) => LEFT + (width - LEFT) * (time - start) / (end - start),
    y: (value) => (height - BOTTOM) * (1 - value / top) + 4,
  };
  const parts = [
    ...drawGrid(options, scale),
    ...lines.map((line, index) => drawLine(line, colourOf(index), scale)),
  ];
  return `<svg width="${width}" height="${
    height + 4
  }" fill="#8e8e9c" font-size="11">${parts.join("")}</svg>${drawLegend(lines)}`;
}

/** From time and value to places. */
interface Scale {
  readonly top: number;
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

function drawLine({ points }: Named, colour: string, { x, y }: Scale): string {
  const path = points.map(([time, value], at) => {
    // A gap is no line.
    const before = points[at - 1]?.[0] ?? -Infinity;
    const pen = time - before > 300 ? "M" : "L";
    return `${pen}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
  }).join("");
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6"/>`;
}

function drawGrid(
  { width, height, start, end, unit }: PlotOptions,
  { top, x, y }: Scale,
): string[] {
  const values = [0, 0.5, 1].map((part) => {
    const at = y(top * part).toFixed(1);
    return `<path d="M${LEFT} ${at}H${width}" stroke="#2c3036"/><text x="${
      LEFT - 6
    }" y="${Number(at) + 4}" text-anchor="end">${
      write(top * part, unit)
    }</text>`;
  });
  const hours = [0, 1, 2, 3, 4, 5].map((hour) => {
    const time = start + hour * (end - start) / 6;
    return `<text x="${x(time)}" y="${height}">${
      new Date(time * 1000).toISOString().slice(11, 16)
    }</text>`;
  });
  return [...values, ...hours];
}

function drawLegend(lines: readonly Named[]): string {
  const names = lines.slice(0, MOST_NAMES).map(({ name }, index) =>
    `<span><i style="background:${colourOf(index)}"></i>${name}</span>`
  );
  const left = lines.length - names.length;
  const more = left > 0 ? ` … and ${left} more` : "";
  return `<div class="legend">${names.join("")}${more}</div>`;
}

/** The first line's last value, large. */
export function drawNumber([line]: readonly Named[]): string {
  return `<div class="number">${line ? write(lastOf(line), "") : "–"}</div>`;
}

/** A bar a line. */
export function drawBars(lines: readonly Named[], width: number): string {
  const most = Math.max(1, ...lines.map(lastOf));
  const bars = lines.map((line, index) => {
    const long = (width - 150) * lastOf(line) / most;
    const at = index * 26;
    return `<text x="0" y="${at + 15}">${line.name}</text><rect x="100" y="${
      at + 3
    }" height="16" width="${long.toFixed(1)}" fill="${
      colourOf(index)
    }"/><text x="${106 + long}" y="${at + 15}">${
      write(lastOf(line), "")
    }</text>`;
  });
  return `<svg width="${width}" height="${
    lines.length * 26 + 4
  }" fill="#ccccdc" font-size="12">${bars.join("")}</svg>`;
}

/** Labels and values, as many as there is room for. */
export function drawTable(lines: readonly Named[]): string {
  const hidden = ["__name__", "instance", "job"];
  const names = [...new Set(lines.flatMap(({ labels }) => Object.keys(labels)))]
    .filter((name) => !hidden.includes(name));
  const head = [...names, "value"].map((name) => `<th>${name}</th>`).join("");
  const rows = lines.slice(0, 8).map((line) =>
    [...names.map((name) => line.labels[name] ?? ""), write(lastOf(line), "")]
      .map((cell) => `<td>${cell}</td>`).join("")
  );
  return `<table><tr>${head}</tr>${
    rows.map((row) => `<tr>${row}</tr>`).join("")
  }</table>`;
}

function highestOf({ points }: Named): number {
  return Math.max(...points.map(([, value]) => value));
}

function lastOf({ points }: Named): number {
  return points.at(-1)?.[1] ?? 0;
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "";
}

/** The next of 1, 2, 4, 10 that is as high, and its tens. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 6, 8].find((one) => one * power >= value) ?? 10;
  return factor * power;
}

function write(value: number, unit: string): string {
  if (unit === "s") return `${Math.round(value / 60)} min`;
  return String(Math.round(value * 100) / 100);
}
