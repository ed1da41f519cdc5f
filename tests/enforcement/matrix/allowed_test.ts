/** What the pages of the matrix have as `allowed` is allowed for a reason, in every column. */
import { deepEqual, ok } from "node:assert/strict";
import { basename } from "node:path";
import {
  ALLOWED_UNDER_LOCK,
  findAllowed,
  isClosedBy,
  type Outcome,
} from "./allowed.ts";
import { ARM64, type Page, X86_64 } from "./document.ts";
import { type Places, readPlaces } from "./markdown.ts";
import { isLocked, type Setup } from "./plan.ts";

/** A page as it is written down. */
interface Written {
  readonly name: string;
  readonly places: Places;
  readonly attacks: readonly string[];
  readonly columns: readonly {
    readonly setup: Setup;
    readonly letter: string;
  }[];
}

const pages = [await read(X86_64), await read(ARM64)];

for (const page of pages) {
  Deno.test(`allowed in ${page.name}: nothing without a reason`, async (test) => {
    ok(page.attacks.length > 200, `${page.attacks.length} attacks`);
    for (const { letter, setup } of page.columns) {
      await test.step(`${letter} ${setup.agent.join(" ")}`, () => {
        deepEqual(findAllowed(outcomeOf(page, letter)), []);
      });
    }
  });

  Deno.test(`allowed in ${page.name}: one more is found`, async (test) => {
    for (const { letter } of page.columns) {
      await test.step(letter, () => {
        const outcome = outcomeOf(page, letter);
        const results = new Map(outcome.results).set("vm_readv", "allowed");
        deepEqual(findAllowed({ ...outcome, results }), ["vm_readv"]);
      });
    }
  });
}

Deno.test("allowed in the documents: the lock's list has nothing too much", () => {
  const found = pages.flatMap((page) =>
    page.columns.filter(({ setup }) => isLocked(setup))
      .flatMap(({ letter }) => allowedIn(page, letter))
  );
  deepEqual(new Set(found), new Set(Object.keys(ALLOWED_UNDER_LOCK)));
});

async function read({ path, plans }: Page): Promise<Written> {
  const places = readPlaces(await Deno.readTextFile(path));
  return {
    name: basename(path.pathname),
    places,
    attacks: namesOf(places),
    columns: plans.flatMap(({ setups }) => setups).map((setup, i) => ({
      setup,
      letter: String.fromCharCode(65 + i),
    })),
  };
}

function namesOf(places: Places): string[] {
  return [...places.keys()]
    .flatMap((place) => /^Attacks \/ (\w+) \/ vector$/.exec(place)?.[1] ?? []);
}

function allowedIn({ attacks, places }: Written, letter: string): string[] {
  return attacks.filter((name) =>
    places.get(`Attacks / ${name} / ${letter}`) === "allowed"
  );
}

/** The document does not say what the agent counts as closed: the most that it can is taken. */
function outcomeOf({ attacks, places }: Written, letter: string): Outcome {
  const mode = places.get(`Columns / ${letter} / mode`) ?? "";
  const agent = places.get(`Columns / ${letter} / agent`) ?? "";
  const results = attacks.map((name) =>
    [name, places.get(`Attacks / ${name} / ${letter}`) ?? ""] as const
  );
  return {
    isLocked: agent.includes("--lock=on"),
    isEnforcing: !mode.includes("registers no process"),
    isActive: (vector) => isClosedBy(mode, vector),
    vectorOf: (name) =>
      (places.get(`Attacks / ${name} / vector`) ?? "").replaceAll("`", ""),
    results,
  };
}
