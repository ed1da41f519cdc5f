/** Width of text in terminal cells: measure, cut, pad. Pure. */

/** From this code point on, characters may take two cells: East Asian ones, and emoji. */
const FIRST_WIDE = 0x2300;

/** Upper bound of the cells that the text takes. */
export function measure(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOf(character);
  return cells;
}

function cellsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x1100 || code >= 0x2000 && code < FIRST_WIDE ? 1 : 2;
}

/** Pads with spaces. */
export function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - measure(text)));
}

/** Cuts the end and marks the cut with `…`. */
export function cutEnd(text: string, cells: number): string {
  if (measure(text) <= cells) return text;
  return cells < 1 ? "" : `${fitCells([...text], cells - 1)}…`;
}

/** Cuts the middle: names of pods differ at their ends. */
export function cutMiddle(text: string, cells: number): string {
  if (measure(text) <= cells) return text;
  if (cells < 1) return "";
  const characters = [...text];
  const tail = fitCells(characters.toReversed(), Math.floor((cells - 1) / 2));
  const head = fitCells(characters, cells - 1 - measure(tail));
  return `${head}…${[...tail].reverse().join("")}`;
}

function fitCells(characters: readonly string[], cells: number): string {
  let left = cells;
  let text = "";
  for (const character of characters) {
    left -= cellsOf(character);
    if (left < 0) break;
    text += character;
  }
  return text;
}
