/**
 * Searches all resident private memory outside the arenas for the patterns and, in
 * the same pass, for a planted copy of the control value, which must be found. If
 * anything else is found, the search runs again without the planted copy.
 */
import type { ScanResult } from "@ffi";
import type { ProofContext } from "./context.ts";
import type { Pattern } from "@/wrapper/secrets/store.ts";

/** The shim's lower limit: shorter byte strings occur everywhere. */
const MIN_PATTERN_BYTES = 8;
/** Large enough that V8 does not move the buffer, which would leave a copy. */
const PLANT_BYTES = 8192;
const PLANT_AT = 2048;

/** What a scan found outside the arenas. */
export interface Copies {
  readonly count: number;
  /** Name of the first pattern that was found. */
  readonly name?: string;
}

/** Searches for the subject's patterns. Undefined: the scan missed the planted control value. */
export async function scanMemory(
  context: ProofContext,
): Promise<Copies | undefined> {
  const { subject } = context;
  const patterns = subject.patterns()
    .filter(({ bytes }) => bytes.length >= MIN_PATTERN_BYTES);
  const first = await scanWithPlant(context, patterns, subject.control());
  if (first.hits === 0) return undefined;
  if (first.hits === 1 && first.firstPattern === patterns.length) {
    return { count: 0 };
  }
  return await scanAgain(context, patterns, subject.control());
}

/** Scans without the planted copy, and without patterns that turn out to be public. */
async function scanAgain(
  { kernel, subject }: ProofContext,
  patterns: readonly Pattern[],
  control: Uint8Array,
): Promise<Copies> {
  let rest = [...patterns];
  for (;;) {
    const bytes = bytesOf(rest, control);
    const { hits, firstPattern } = await kernel.scan(bytes);
    if (hits === 0) return { count: 0 };
    const found = rest[firstPattern];
    if (!found || !await subject.isPublic?.(found)) {
      return { count: hits, ...(found && { name: found.name }) };
    }
    rest = rest.filter((one) => one !== found);
  }
}

async function scanWithPlant(
  { kernel }: ProofContext,
  patterns: readonly Pattern[],
  control: Uint8Array,
): Promise<ScanResult> {
  const plant = new Uint8Array(PLANT_BYTES + control.length);
  plant.set(control, PLANT_AT);
  try {
    return await kernel.scan(bytesOf(patterns, control));
  } finally {
    kernel.wipe(plant);
  }
}

function bytesOf(
  patterns: readonly Pattern[],
  control: Uint8Array,
): Uint8Array[] {
  return [...patterns.map(({ bytes }) => bytes), control];
}
