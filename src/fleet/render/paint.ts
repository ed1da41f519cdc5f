/** Colours of a terminal, or none: NO_COLOR, a pipe. Colour never says what words do not. */
import type { Standing } from "@/fleet/collect/fleet.ts";

/** Paints a text; its visible width stays. */
export type Brush = (text: string) => string;

/** What is painted how. */
export interface Paint {
  readonly good: Brush;
  readonly bad: Brush;
  readonly faint: Brush;
  readonly strong: Brush;
  readonly standing: (standing: Standing) => Brush;
}

const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const MAGENTA = 35;
const CYAN = 36;
const BOLD = 1;
const FAINT = 2;

const STANDING_COLOURS: Readonly<Record<Standing, number>> = {
  full: GREEN,
  strong: CYAN,
  partial: YELLOW,
  insufficient: RED,
  unknown: MAGENTA,
};

/** All brushes; colourless ones leave text as it is. */
export function makePaint(coloured: boolean): Paint {
  const brush = (code: number): Brush => (text) =>
    coloured && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    good: brush(GREEN),
    bad: brush(RED),
    faint: brush(FAINT),
    strong: brush(BOLD),
    standing: (standing) => brush(STANDING_COLOURS[standing]),
  };
}
