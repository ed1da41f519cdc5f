/**
 * Searches all resident private memory outside the arenas for the needles, in
 * one pass together with its control: a planted copy of the witness that must
 * be found. What looks like a leak is counted again without the plant.
 */
import type { ProofContext } from "./context.ts";
import type { ScanResult } from "@ffi";

/** The shim's lower bound: shorter byte strings are found everywhere. */
const MIN_NEEDLE_BYTES = 8;
/** Large enough to lie outside V8's moving heap, so that no stale copy is left by its collector. */
const PLANT_BYTES = 8192;
const PLANT_AT = 2048;

/** How many copies there are, or why that is not known. */
export type ScanOutcome =
  | {
    readonly state: "scanned";
    readonly copies: number;
    readonly bytes: number;
    /** What was found first, when it has a name. */
    readonly name?: string;
  }
  | { readonly state: "unproven"; readonly reason: string };

/** Looks for the subject's needles. */
export async function scanMemory(context: ProofContext): Promise<ScanOutcome> {
  const { subject } = context;
  const needles = subject.needles()
    .filter((needle) => needle.length >= MIN_NEEDLE_BYTES);
  const witness = needles.at(-1);
  if (!witness) return unproven("there is no witness to search for");
  const first = await scanWithPlant(context, needles, witness);
  if (first.hits === 0) {
    return unproven("the scan did not find a copy that was planted for it");
  }
  if (first.hits === 1 && first.firstNeedle === needles.length - 1) {
    return { state: "scanned", copies: 0, bytes: first.bytes };
  }
  return await searchAgain(context, needles);
}

/** Without the plant, and without what turns out to be no secret. */
async function searchAgain(
  { kernel, subject }: ProofContext,
  needles: readonly Uint8Array[],
): Promise<ScanOutcome> {
  let rest = [...needles];
  for (;;) {
    const { hits, bytes, firstNeedle } = await kernel.scan(rest);
    const needle = rest[firstNeedle];
    if (hits === 0 || !needle) return { state: "scanned", copies: hits, bytes };
    if (!await subject.isKnown?.(needle)) {
      const name = subject.nameOf?.(needle);
      return { state: "scanned", copies: hits, bytes, ...(name && { name }) };
    }
    rest = rest.filter((one) => one !== needle);
  }
}

async function scanWithPlant(
  context: ProofContext,
  needles: Uint8Array[],
  witness: Uint8Array,
): Promise<ScanResult> {
  const plant = new Uint8Array(PLANT_BYTES + witness.length);
  plant.set(witness, PLANT_AT);
  try {
    return await context.kernel.scan(needles);
  } finally {
    context.kernel.wipe(plant);
  }
}

function unproven(why: string): ScanOutcome {
  return { state: "unproven", reason: `cannot be proven: ${why}` };
}
