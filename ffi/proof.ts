/**
 * Attacks on this process, and the search for copies of secrets in its memory.
 * They return what happened; src/wrapper/checks judges it.
 */
import { unwrap } from "./errno.ts";
import { retainArenas } from "./arena.ts";
import { library } from "./library.ts";
import { addressOf, pointerTo } from "./pointer.ts";

/** CT_NO_PLACE. */
const NO_PLACE = 2n ** 64n - 1n;

/** Errnos of opening the memory of three processes; 0: success. */
export interface DumpableProof {
  /** PR_GET_DUMPABLE. */
  readonly dumpable: number;
  readonly openUs: number;
  /** A non-dumpable child of the attacker. */
  readonly openShut: number;
  /** A dumpable child of the attacker: must be 0, otherwise the proof is inconclusive. */
  readonly openControl: number;
}

/** Result of a scan. */
export interface ScanResult {
  readonly hits: number;
  /** Bytes searched. */
  readonly bytes: number;
  /** Address of the first hit, or 0. */
  readonly firstHit: bigint;
  /** Index of its pattern. */
  readonly firstPattern: number;
}

/**
 * Reads at most 4,096 bytes of this process as another process would.
 *
 * @returns bytes read, or -errno: -14 (EFAULT) for secret memory.
 */
export function proofRead(
  what: Uint8Array | { readonly start: bigint },
  length: number,
): number {
  const at = what instanceof Uint8Array ? addressOf(what) : what.start;
  return Number(library().ct_proof_read(pointerTo(at), BigInt(length)));
}

/**
 * A child without capabilities tries to open the memory of this process, of a
 * non-dumpable and of a dumpable process.
 *
 * @throws {FfiError} ETIMEDOUT; ECHILD: it was killed; EIO: it could not try.
 */
export async function proofDumpable(timeoutMs: number): Promise<DumpableProof> {
  const proof = new Int32Array(4);
  const answer = await library().ct_proof_dumpable(timeoutMs, proof);
  unwrap("ct_proof_dumpable", answer);
  const [dumpable = -1, openUs = -1, openShut = -1, openControl = -1] = proof;
  return { dumpable, openUs, openShut, openControl };
}

/**
 * Magic number (statfs(2)) of the file system that contains a file; follows links.
 *
 * @throws {FfiError} as open(2): ENOENT, EACCES.
 */
export function fileSystem(path: string): number {
  const magic = new BigUint64Array(1);
  const text = new TextEncoder().encode(`${path}\0`);
  unwrap("ct_file_system", library().ct_file_system(text, magic));
  return Number(magic[0]);
}

/**
 * Searches all memory of this process outside arenas for patterns of at least 8
 * bytes. The patterns themselves must be in arenas, or the scan finds them.
 *
 * @throws {FfiError} EINVAL: a pattern is too short; EFAULT: the search was killed;
 * ETIMEDOUT: the one before has not ended, and is killed.
 */
export async function scan(
  patterns: readonly Uint8Array[],
): Promise<ScanResult> {
  // Another thread reads the patterns: their arenas must stay mapped.
  using _retained = retainArenas();
  const table = new BigUint64Array(patterns.length * 2);
  for (const [index, pattern] of patterns.entries()) {
    table[2 * index] = addressOf(pattern);
    table[2 * index + 1] = BigInt(pattern.length);
  }
  const found = new BigUint64Array(4);
  const count = BigInt(patterns.length);
  unwrap("ct_scan", await library().ct_scan(table, count, found));
  const [hits = 0n, bytes = 0n, firstHit = 0n, firstPattern = 0n] = found;
  return {
    hits: Number(hits),
    bytes: Number(bytes),
    firstHit,
    firstPattern: Number(firstPattern),
  };
}

/** A part of a file. */
export interface FileRange {
  readonly at: number;
  /** Default: to the end. */
  readonly bytes?: number;
}

/**
 * Finds byte strings of 8 to 1,024 bytes in a range of a file, without reading it into
 * JavaScript's memory.
 *
 * @returns the offset in the file of the first copy of each; undefined: there is none
 * @throws {FfiError} EINVAL: a pattern is too short; ENOENT, EACCES, …
 */
export async function findInFile(
  path: string,
  { at, bytes = Number.MAX_SAFE_INTEGER - at }: FileRange,
  patterns: readonly Uint8Array[],
): Promise<(number | undefined)[]> {
  const file = new TextEncoder().encode(`${path}\0`);
  const range = new BigUint64Array([BigInt(at), BigInt(bytes)]);
  const { table, places } = copyPatterns(patterns);
  const count = BigInt(patterns.length);
  const { ct_file_search } = library();
  const answer = await ct_file_search(file, range, table, count, places);
  unwrap("ct_file_search", answer);
  return Array.from(places, (at) => at === NO_PLACE ? undefined : Number(at));
}

/** Table, places and the patterns' bytes in one buffer: while `places` is in use, V8 neither moves nor frees it. */
function copyPatterns(patterns: readonly Uint8Array[]) {
  const count = patterns.length;
  const length = patterns.reduce((sum, one) => sum + one.length, 0);
  const memory = new ArrayBuffer(24 * count + length);
  const table = new BigUint64Array(memory, 0, 2 * count);
  const places = new BigUint64Array(memory, 16 * count, count).fill(NO_PLACE);
  let next = 24 * count;
  for (const [index, pattern] of patterns.entries()) {
    const copy = new Uint8Array(memory, next, pattern.length);
    copy.set(pattern);
    table.set([addressOf(copy), BigInt(copy.length)], 2 * index);
    next += copy.length;
  }
  return { table, places };
}

/** Whether our own executable contains these bytes, so that they are public. Takes about 100 ms. */
export async function programContains(pattern: Uint8Array): Promise<boolean> {
  using _retained = retainArenas();
  const row = new BigUint64Array([addressOf(pattern), BigInt(pattern.length)]);
  const answer = await library().ct_program_contains(row);
  return unwrap("ct_program_contains", answer) === 1;
}
