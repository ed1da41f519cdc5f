/** Draws the samples as an SVG: one panel for each measure, one line for each process. */
import type { Sample, Series } from "./sample.ts";

const PANELS: readonly {
  readonly title: string;
  readonly read: (sample: Sample) => number;
}[] = [
  { title: "private memory, MiB", read: (s) => s.privateKib / 1024 },
  { title: "resident memory, MiB", read: (s) => s.rssKib / 1024 },
  { title: "locked memory, KiB", read: (s) => s.lockedKib },
  { title: "descriptors", read: (s) => s.descriptors },
  { title: "threads", read: (s) => s.threads },
];
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9"];
const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [960, 120, 60, 60, 50];

/** The whole document. */
export function drawPicture(title: string, all: readonly Series[]): string {
  const bottom = TOP + PANELS.length * (HEIGHT + GAP);
  const end = Math.max(1, ...all.map((s) => s.samples.at(-1)?.seconds ?? 0));
  const legend = all.map(({ name }, index) =>
    text(LEFT + index * 180, 44, name, ` fill="${COLOURS[index]}"`)
  );
  const panels = PANELS.map((panel, index) =>
    `<g transform="translate(${LEFT} ${TOP + 20 + index * (HEIGHT + GAP)})">
${drawPanel(panel, all, end)}
</g>`
  );
  const width = LEFT + WIDTH + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom}" viewBox="0 0 ${width} ${bottom}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
${text(LEFT, 22, title, ' font-size="16"')}
${[...legend, ...panels].join("\n")}
</svg>
`;
}

function drawPanel(
  { title, read }: (typeof PANELS)[number],
  all: readonly Series[],
  end: number,
): string {
  const values = all.flatMap(({ samples }) => samples.map(read));
  const most = Math.max(1, ...values) * 1.1;
  const place = (sample: Sample) =>
    `${(sample.seconds / end * WIDTH).toFixed(1)},${
      (HEIGHT - read(sample) / most * HEIGHT).toFixed(1)
    }`;
  const lines = all.map(({ samples }, index) =>
    `<polyline fill="none" stroke="${COLOURS[index]}" points="${
      samples.map(place).join(" ")
    }"/>`
  );
  return [
    `<path d="M0 0V${HEIGHT}H${WIDTH}" fill="none" stroke="#888"/>`,
    text(0, -6, title),
    text(-8, 10, most.toFixed(0), ' text-anchor="end"'),
    text(-8, HEIGHT, "0", ' text-anchor="end"'),
    text(
      WIDTH,
      HEIGHT + 16,
      `${(end / 60).toFixed(1)} min`,
      ' text-anchor="end"',
    ),
    ...lines,
  ].join("\n");
}

/** `content` is a text of this program, which needs no escaping. */
function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}"${more}>${content}</text>`;
}
