/** Texts in cells of a terminal: how wide they are, cut, filled up. Pure. */

/** From here on there are signs of two cells: East Asia's, and emoji. */
const FIRST_WIDE = 0x2300;

/** Cells that it takes at most: nothing that others wrote is ever wider than this. */
export function measure(text: string): number {
  let cells = 0;
  for (const sign of text) cells += cellsOf(sign);
  return cells;
}

function cellsOf(sign: string): number {
  const code = sign.codePointAt(0) ?? 0;
  return code < 0x1100 || code >= 0x2000 && code < FIRST_WIDE ? 1 : 2;
}

/** With blanks behind it. */
export function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - measure(text)));
}

/** Cut at its end, with a sign that it is. */
export function cutEnd(text: string, cells: number): string {
  if (measure(text) <= cells) return text;
  return cells < 1 ? "" : `${take([...text], cells - 1)}…`;
}

/** Cut in its middle: names of pods differ at their ends. */
export function cutMiddle(text: string, cells: number): string {
  if (measure(text) <= cells) return text;
  if (cells < 1) return "";
  const signs = [...text];
  const tail = take(signs.toReversed(), Math.floor((cells - 1) / 2));
  const head = take(signs, cells - 1 - measure(tail));
  return `${head}…${[...tail].reverse().join("")}`;
}

function take(signs: readonly string[], cells: number): string {
  let left = cells;
  let text = "";
  for (const sign of signs) {
    left -= cellsOf(sign);
    if (left < 0) break;
    text += sign;
  }
  return text;
}
