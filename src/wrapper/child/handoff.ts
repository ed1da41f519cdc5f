/**
 * The environment of an interposed application: names of secrets without their
 * values, and LD_PRELOAD, which loads the interposer (c/interposer/handoff.h).
 * The values travel in a memfd_secret, the hand-off; C copies them.
 */
import { closeFd, Handoff, programFile } from "@ffi";
import { decodeLatin1, encodeCString } from "@/process/own_blocks.ts";
import type { SplitEnvironment } from "./environment.ts";

const EQUALS = 0x3d;
const NOTE_MAGIC = 0x45544f4e;
const NOTE_BYTES = 24;
/** LD_PRELOAD does not take the place of a secret. */
export const NO_SECRET = 0xffffffff;
const PRELOAD = "LD_PRELOAD=";
/** Variables that make loaders load other code or print what they do (c/interposer/exec.c). */
const LOADER_VARIABLES = new Set([
  "LD_AUDIT",
  "LD_DEBUG",
  "LD_PROFILE",
  "LD_TRACE_LOADED_OBJECTS",
]);
/** Prefixes of variables that a loader or an allocator reads before the interposer runs. */
const EARLY_PREFIXES = ["LD_", "GLIBC_", "MALLOC_"];

/** A hand-off, with all that execve needs for it. */
export interface PackedHandoff {
  readonly handoff: Handoff;
  readonly envp: readonly Uint8Array[];
  /** Descriptors of hand-off and interposer. */
  readonly fds: readonly [number, number];
  /** The program, which supports the interposer. */
  readonly path: Uint8Array;
}

/** Why this environment cannot be handed off, whatever the program; undefined: it can. */
export function findObstacle(
  { plain, secrets }: SplitEnvironment,
): string | undefined {
  if (!secrets.some(canTravel)) return "there are no secrets to pass";
  const names = [...plain, ...secrets].map(nameOf);
  // Loaders differ in which of two they read.
  if (names.filter((name) => name === "LD_PRELOAD").length > 1) {
    return "LD_PRELOAD is set more than once";
  }
  const loaders = names.filter((name) => LOADER_VARIABLES.has(name));
  if (loaders.length > 0) return `${loaders.join(", ")} is set`;
  const isPathSecret = secrets.some((entry) => nameOf(entry) === "PATH");
  return isPathSecret ? "PATH is a secret" : undefined;
}

/** Names of secrets that must stay in the environment, because they are read before the interposer runs. */
export function listEarlySecrets({ secrets }: SplitEnvironment): string[] {
  return secrets.map(nameOf).filter(isEarly);
}

/** What a hand-off is made for. */
export interface HandoffTarget {
  /** The interposer's bytes. */
  readonly interposer: Uint8Array;
  /** The program, which supports the interposer. */
  readonly path: Uint8Array;
  /** The program's loader, for which the trial succeeded. */
  readonly loader: Uint8Array;
  /** Bytes by which a value may grow while the application runs. */
  readonly spare: number;
}

/**
 * Packs a hand-off for one start.
 *
 * @throws FfiError when memory or descriptors are missing
 */
export function packHandoff(
  { plain, secrets }: SplitEnvironment,
  { interposer, path, loader, spare }: HandoffTarget,
): PackedHandoff {
  const travelling = secrets.filter(canTravel);
  const named = secrets.map((entry) =>
    canTravel(entry) ? encodeCString(`${nameOf(entry)}=`) : entry
  );
  const entries = [...plain, ...named];
  const existing = entries.findIndex((e) => nameOf(e) === "LD_PRELOAD");
  const handoff = Handoff.pack(travelling, loader, spare);
  try {
    const standIn = existing < 0 ? 0 : NO_SECRET;
    const note = { handoff, fd: handoff.fd, standIn };
    const file = interposerFile(interposer, note);
    const place = existing < 0
      ? plain.length + secrets.findIndex(canTravel)
      : existing;
    entries[place] = preload(file, entries[existing]);
    return { handoff, envp: entries, fds: [handoff.fd, file], path };
  } catch (error) {
    closeFd(handoff.fd);
    handoff.close();
    throw error;
  }
}

/** What the interposer has to know: `struct ct_note` of c/interposer/handoff.h. */
export interface Note {
  readonly handoff: Handoff;
  /** The hand-off's descriptor in the program. */
  readonly fd: number;
  /** Index of the secret whose entry LD_PRELOAD replaces. */
  readonly standIn: number;
}

/** Writes interposer and note into a memory file. @returns its descriptor */
export function interposerFile(interposer: Uint8Array, note: Note): number {
  const bytes = new Uint8Array(interposer.length + NOTE_BYTES);
  bytes.set(interposer);
  const view = new DataView(bytes.buffer, interposer.length);
  view.setUint32(0, NOTE_MAGIC, true);
  view.setUint32(4, note.fd, true);
  view.setBigUint64(8, BigInt(note.handoff.bytes), true);
  view.setUint32(16, note.standIn, true);
  return programFile(bytes);
}

/** An LD_PRELOAD entry for descriptor `file`, behind what `existing` loads. */
export function preload(file: number, existing?: Uint8Array): Uint8Array {
  const path = `/proc/self/fd/./${file}`;
  if (!existing) return encodeCString(`${PRELOAD}${path}`);
  const tail = encodeCString(`:${path}`);
  const both = new Uint8Array(existing.length - 1 + tail.length);
  both.set(existing.subarray(0, -1));
  both.set(tail, existing.length - 1);
  return both;
}

/** The name of a `NAME=value` string, one character a byte. */
export function nameOf(entry: Uint8Array): string {
  const equals = entry.indexOf(EQUALS);
  return decodeLatin1(entry.subarray(0, Math.max(equals, 0)));
}

/** An empty value is not handed off. */
function canTravel(entry: Uint8Array): boolean {
  const name = nameOf(entry);
  return name !== "" && (entry[name.length + 1] ?? 0) !== 0 && !isEarly(name);
}

function isEarly(name: string): boolean {
  return EARLY_PREFIXES.some((prefix) => name.startsWith(prefix));
}
