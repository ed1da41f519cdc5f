/**
 * Attacks on ourselves, and the search for copies of secrets in our own memory.
 * They answer what happened; what it is worth is decided elsewhere.
 */
import { unwrap } from "./errno.ts";
import { holdArenas } from "./hold.ts";
import { library } from "./library.ts";
import { addressOf, pointerTo } from "./pointer.ts";

/** Errnos of opening the memory of three processes; 0: it opened. */
export interface DumpableProof {
  /** PR_GET_DUMPABLE. */
  readonly dumpable: number;
  readonly openUs: number;
  /** A non-dumpable child of the attacker. */
  readonly openShut: number;
  /** A dumpable one: must be 0, or the proof says nothing. */
  readonly openControl: number;
}

/** What a scan found. */
export interface ScanResult {
  readonly hits: number;
  /** Bytes looked at. */
  readonly bytes: number;
  /** Address of the first hit, or 0. */
  readonly firstHit: bigint;
  /** Index of its needle. */
  readonly firstNeedle: number;
}

/**
 * Reads at most 4,096 bytes of this process as another one would.
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
 * A child without capabilities tries to open the memory of us, of a
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
 * Magic number of the file system on which a file lies, links followed (statfs(2)).
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
 * Looks for needles (at least 8 bytes each) in all of our memory outside
 * arenas. They must lie in arenas, or they are found where they lie.
 *
 * @throws {FfiError} EINVAL: a needle is too short.
 */
export async function scan(
  needles: readonly Uint8Array[],
): Promise<ScanResult> {
  // Another thread reads the needles: what they lie in must not vanish meanwhile.
  using _held = holdArenas();
  const table = new BigUint64Array(needles.length * 2);
  for (const [index, needle] of needles.entries()) {
    table[2 * index] = addressOf(needle);
    table[2 * index + 1] = BigInt(needle.length);
  }
  const found = new BigUint64Array(4);
  const count = BigInt(needles.length);
  unwrap("ct_scan", await library().ct_scan(table, count, found));
  const [hits = 0n, bytes = 0n, firstHit = 0n, firstNeedle = 0n] = found;
  return {
    hits: Number(hits),
    bytes: Number(bytes),
    firstHit,
    firstNeedle: Number(firstNeedle),
  };
}

/** Whether these bytes stand in our own executable, where everyone can read them. Some 100 ms. */
export async function standsInProgram(needle: Uint8Array): Promise<boolean> {
  using _held = holdArenas();
  const row = new BigUint64Array([addressOf(needle), BigInt(needle.length)]);
  const answer = await library().ct_stands_in_program(row);
  return unwrap("ct_stands_in_program", answer) === 1;
}
