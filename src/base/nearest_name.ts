/** The name that a misspelt one means. */

/**
 * The candidate that a misspelt name means.
 *
 * @param prefix what all names begin with; it is not compared
 */
export function findNearest(
  name: string,
  candidates: readonly string[],
  prefix: RegExp,
): string | undefined {
  const simplify = (text: string) => text.replace(prefix, "").toLowerCase();
  const word = simplify(name);
  const ranked = candidates.map((candidate) => ({
    candidate,
    distance: measureDistance(word, simplify(candidate)),
  })).sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best && best.distance <= Math.floor(word.length / 3)) {
    return best.candidate;
  }
  // MIN_SCORE for MIN_PROTECTION_SCORE.
  const pieces = word.split(/[_-]/);
  const isWhole = (candidate: string) => {
    const others = simplify(candidate).split(/[_-]/);
    return pieces.every((piece) => others.includes(piece));
  };
  return pieces.length < 2
    ? undefined
    : ranked.find(({ candidate }) => isWhole(candidate))?.candidate;
}

/** How many letters must be inserted, removed, replaced, or swapped with the next. */
export function measureDistance(one: string, other: string): number {
  let [before, last]: number[][] = [[], []];
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  const at = (line: number[] | undefined, j: number) => line?.[j] ?? Infinity;
  for (let i = 1; i <= one.length; i++) {
    [before, last, row] = [last ?? [], row, [i]];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = one[i - 1] === other[j - 2] &&
        one[i - 2] === other[j - 1];
      row.push(Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (same ? 0 : 1),
        swapped ? at(before, j - 2) + 1 : Infinity,
      ));
    }
  }
  return at(row, other.length);
}
