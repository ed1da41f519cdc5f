/** Colours of a terminal. They only repeat what the text says. */
import type { BandOrUnknown } from "@/fleet/collect/fleet.ts";

/** Colours a text; its visible width stays. */
export type Colour = (text: string) => string;

/** The colours of a report. */
export interface Colours {
  readonly good: Colour;
  readonly bad: Colour;
  readonly faint: Colour;
  readonly strong: Colour;
  readonly band: (band: BandOrUnknown) => Colour;
}

const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const MAGENTA = 35;
const CYAN = 36;
const BOLD = 1;
const FAINT = 2;

const BAND_COLOURS: Readonly<Record<BandOrUnknown, number>> = {
  full: GREEN,
  strong: CYAN,
  partial: YELLOW,
  insufficient: RED,
  unknown: MAGENTA,
};

/** All colours; without `coloured`, they leave text unchanged. */
export function makeColours(coloured: boolean): Colours {
  const colour = (code: number): Colour => (text) =>
    coloured && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    good: colour(GREEN),
    bad: colour(RED),
    faint: colour(FAINT),
    strong: colour(BOLD),
    band: (band) => colour(BAND_COLOURS[band]),
  };
}
