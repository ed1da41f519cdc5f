/**
 * Searches all resident private memory outside the arenas for the patterns, in
 * one pass together with its control: a planted copy of the control that must
 * be found. What looks like a leak is counted again without the plant.
 */
import type { ProofContext } from "./context.ts";
import type { ScanResult } from "@ffi";

/** The shim's lower bound: shorter byte strings are found everywhere. */
const MIN_PATTERN_BYTES = 8;
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

/** Looks for the subject's patterns. */
export async function scanMemory(context: ProofContext): Promise<ScanOutcome> {
  const { subject } = context;
  const patterns = subject.patterns()
    .filter((pattern) => pattern.length >= MIN_PATTERN_BYTES);
  const control = patterns.at(-1);
  if (!control) return unproven("there is no control to search for");
  const first = await scanWithPlant(context, patterns, control);
  if (first.hits === 0) {
    return unproven("the scan did not find a copy that was planted for it");
  }
  if (first.hits === 1 && first.firstPattern === patterns.length - 1) {
    return { state: "scanned", copies: 0, bytes: first.bytes };
  }
  return await searchAgain(context, patterns);
}

/** Without the plant, and without what turns out to be no secret. */
async function searchAgain(
  { kernel, subject }: ProofContext,
  patterns: readonly Uint8Array[],
): Promise<ScanOutcome> {
  let rest = [...patterns];
  for (;;) {
    const { hits, bytes, firstPattern } = await kernel.scan(rest);
    const pattern = rest[firstPattern];
    if (hits === 0 || !pattern) {
      return { state: "scanned", copies: hits, bytes };
    }
    if (!await subject.isKnown?.(pattern)) {
      const name = subject.nameOf?.(pattern);
      return { state: "scanned", copies: hits, bytes, ...(name && { name }) };
    }
    rest = rest.filter((one) => one !== pattern);
  }
}

async function scanWithPlant(
  context: ProofContext,
  patterns: Uint8Array[],
  control: Uint8Array,
): Promise<ScanResult> {
  const plant = new Uint8Array(PLANT_BYTES + control.length);
  plant.set(control, PLANT_AT);
  try {
    return await context.kernel.scan(patterns);
  } finally {
    context.kernel.wipe(plant);
  }
}

function unproven(why: string): ScanOutcome {
  return { state: "unproven", reason: `cannot be proven: ${why}` };
}
