/** What docs/ENFORCEMENT-MATRIX.md has as `allowed` is allowed for a reason, in every column. */
import { deepEqual, ok } from "node:assert/strict";
import {
  ALLOWED_UNDER_LOCK,
  findAllowed,
  isClosedBy,
  type Outcome,
} from "./allowed.ts";
import { X86_64 } from "./document.ts";
import { type Places, readPlaces } from "./markdown.ts";
import { isLocked, PLANS } from "./plan.ts";

const LETTERS = PLANS.flatMap(({ setups }) => setups)
  .map((setup, i) => ({ setup, letter: String.fromCharCode(65 + i) }));
const places = readPlaces(await Deno.readTextFile(X86_64.path));
const attacks = namesOf(places);

Deno.test("allowed in the document: nothing without a reason", async (test) => {
  ok(attacks.length > 200, `${attacks.length} attacks`);
  for (const { letter, setup } of LETTERS) {
    await test.step(`${letter} ${setup.agent.join(" ")}`, () => {
      deepEqual(findAllowed(outcomeOf(letter)), []);
    });
  }
});

Deno.test("allowed in the document: one more is found", async (test) => {
  for (const { letter } of LETTERS) {
    await test.step(letter, () => {
      const outcome = outcomeOf(letter);
      const results = new Map(outcome.results).set("vm_readv", "allowed");
      deepEqual(findAllowed({ ...outcome, results }), ["vm_readv"]);
    });
  }
});

Deno.test("allowed in the document: the lock's list has nothing too much", () => {
  const locked = LETTERS.filter(({ setup }) => isLocked(setup));
  const found = locked.flatMap(({ letter }) => allowedIn(letter));
  deepEqual(new Set(found), new Set(Object.keys(ALLOWED_UNDER_LOCK)));
});

function namesOf(places: Places): string[] {
  return [...places.keys()]
    .flatMap((place) => /^Attacks \/ (\w+) \/ vector$/.exec(place)?.[1] ?? []);
}

function allowedIn(letter: string): string[] {
  return attacks.filter((name) =>
    places.get(`Attacks / ${name} / ${letter}`) === "allowed"
  );
}

/** The document does not say what the agent counts as closed: the most that it can is taken. */
function outcomeOf(letter: string): Outcome {
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
