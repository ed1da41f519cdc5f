/** What the pages of the matrix have measured, read from their tables. */
import {
  type Places,
  readPlaces,
} from "../../tests/enforcement/matrix/markdown.ts";

const DOCS = new URL("../../docs/", import.meta.url);
export const LOCK = "`--lock=on`";

/** One agent on one machine. */
export interface Column {
  /** Kernel and boot parameters. */
  readonly machine: string;
  readonly note: string;
  readonly backend: string;
  readonly score: string;
  readonly isLocked: boolean;
  /** Results by attack, without those that do not apply or were not tried. */
  readonly results: ReadonlyMap<string, string>;
}

export interface Measured {
  readonly columns: readonly Column[];
  /** The vector of each attack. */
  readonly vectors: ReadonlyMap<string, string>;
}

/** @param page in docs/ */
export function readMeasured(page = "ENFORCEMENT-MATRIX.md"): Measured {
  const places = readPlaces(Deno.readTextFileSync(new URL(page, DOCS)));
  const letters = [...places.keys()].flatMap((place) =>
    /^Columns \/ ([A-Z]+) \/ kernel$/.exec(place)?.[1] ?? []
  );
  if (letters.length === 0) throw new Error(`no column in ${page}`);
  const vectors = [...readAttacks(places, "vector")]
    .map(([attack, cell]) => [attack, cell.replaceAll("`", "")] as const);
  return {
    columns: letters.map((letter) => readColumn(places, letter)),
    vectors: new Map(vectors),
  };
}

function readColumn(places: Places, letter: string): Column {
  const cell = (name: string) =>
    places.get(`Columns / ${letter} / ${name}`) ?? "";
  const agent = cell("agent");
  const results = [...readAttacks(places, letter)]
    .filter(([, result]) => !["", "–"].includes(result));
  return {
    machine: `${cell("kernel")} ${cell("boot parameters")}`.trim(),
    note: agent.startsWith("`--") ? "" : agent,
    backend: cell("mode"),
    score: cell("score"),
    isLocked: agent.includes(LOCK),
    results: new Map(results),
  };
}

/** One column of the table of attacks, by attack. */
function readAttacks(places: Places, column: string): Map<string, string> {
  return new Map(
    [...places].flatMap(([place, cell]) => {
      const [section, attack = "", of] = place.split(" / ");
      return section === "Attacks" && of === column
        ? [[attack, cell] as const]
        : [];
    }),
  );
}
