/**
 * The environment of a program that takes its secrets over: the names with empty
 * values, and LD_PRELOAD, by which it gets the interposer (c/interposer/handoff.h).
 * Nothing here touches the bytes of a value.
 */
import { closeFd, Handoff, programFile } from "@ffi";
import { decodeLatin1, encodeCString } from "@/process/own_image.ts";

const EQUALS = 0x3d;
const NOTE_MAGIC = 0x45544f4e;
const NOTE_BYTES = 24;
/** LD_PRELOAD stands in no secret's place. */
export const NOBODY = 0xffffffff;
const PRELOAD = "LD_PRELOAD=";
const FOR_LOADERS = new Set([
  "LD_AUDIT",
  "LD_DEBUG",
  "LD_PROFILE",
  "LD_TRACE_LOADED_OBJECTS",
]);
/** What a loader or an allocator reads before the interposer runs. */
const TOO_EARLY = ["LD_", "GLIBC_", "MALLOC_"];

/** The two parts of an environment. */
export interface SplitEnvironment {
  readonly plain: readonly Uint8Array[];
  /** `NAME=value\0`, views on an arena. */
  readonly secrets: readonly Uint8Array[];
}

/** A hand-off on its way, with the environment that goes along. */
export interface Handover {
  readonly handoff: Handoff;
  readonly envp: readonly Uint8Array[];
  /** Of hand-off and interposer. */
  readonly fds: readonly [number, number];
  /** The program that was found able. */
  readonly path: Uint8Array;
}

/** What makes loaders do something else, or show what they do (c/interposer/exec.c). */
export function listForLoaders(
  { plain, secrets }: SplitEnvironment,
): string[] {
  return [...plain, ...secrets].map(nameOf)
    .filter((name) => FOR_LOADERS.has(name));
}

/** Secrets that must stay in the ordinary environment, by name. */
export function listTooEarly(
  { secrets }: SplitEnvironment,
): string[] {
  return secrets.map(nameOf)
    .filter((name) => TOO_EARLY.some((prefix) => name.startsWith(prefix)));
}

/** True when there is anything to hand over. */
export function hasHandoff(environment: SplitEnvironment): boolean {
  return environment.secrets.some(mayTravel);
}

/** What the environment is handed over with. */
export interface HandoverMeans {
  /** The interposer's bytes. */
  readonly image: Uint8Array;
  /** The program that was found able. */
  readonly path: Uint8Array;
  /** The loader that was tried with it. */
  readonly loader: Uint8Array;
  /** Bytes by which a value may grow while the application runs. */
  readonly spare: number;
}

/**
 * Packs a hand-off for one start.
 *
 * @throws FfiError when there is no memory or descriptor for it.
 */
export function packHandover(
  { plain, secrets }: SplitEnvironment,
  { image, path, loader, spare }: HandoverMeans,
): Handover {
  const travelling = secrets.filter(mayTravel);
  const named = secrets.map((entry) =>
    mayTravel(entry) ? encodeCString(`${nameOf(entry)}=`) : entry
  );
  const entries = [...plain, ...named];
  const theirs = entries.findIndex(isPreload);
  const handoff = Handoff.pack(travelling, loader, spare);
  try {
    const standIn = theirs < 0 ? 0 : NOBODY;
    const file = interposerFile(image, { handoff, fd: handoff.fd, standIn });
    const place = theirs < 0
      ? plain.length + secrets.findIndex(mayTravel)
      : theirs;
    entries[place] = preload(file, entries[theirs]);
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
  /** The hand-off's descriptor, as the program has it. */
  readonly fd: number;
  /** The secret in whose place LD_PRELOAD stands. */
  readonly standIn: number;
}

/** The descriptor of a file with the interposer and its note. */
export function interposerFile(image: Uint8Array, note: Note): number {
  const bytes = new Uint8Array(image.length + NOTE_BYTES);
  bytes.set(image);
  const view = new DataView(bytes.buffer, image.length);
  view.setUint32(0, NOTE_MAGIC, true);
  view.setUint32(4, note.fd, true);
  view.setBigUint64(8, BigInt(note.handoff.bytes), true);
  view.setUint32(16, note.standIn, true);
  return programFile(bytes);
}

/** The application has both now, or never will. */
export function closeDescriptors({ fds }: Handover): void {
  for (const fd of fds) closeFd(fd);
}

/** Whose LD_PRELOAD is given twice cannot be told which one the loader takes. */
export function hasOnePreload({ plain, secrets }: SplitEnvironment): boolean {
  return [...plain, ...secrets].filter(isPreload).length <= 1;
}

/** LD_PRELOAD with ours behind theirs, which stays in force. */
export function preload(file: number, theirs?: Uint8Array): Uint8Array {
  const ours = `/proc/self/fd/./${file}`;
  if (!theirs) return encodeCString(`${PRELOAD}${ours}`);
  const tail = encodeCString(`:${ours}`);
  const both = new Uint8Array(theirs.length - 1 + tail.length);
  both.set(theirs.subarray(0, -1));
  both.set(tail, theirs.length - 1);
  return both;
}

function isPreload(entry: Uint8Array): boolean {
  return nameOf(entry) === PRELOAD.slice(0, -1);
}

/** The name of a `NAME=value` string, one character a byte. */
export function nameOf(entry: Uint8Array): string {
  const equals = entry.indexOf(EQUALS);
  return decodeLatin1(entry.subarray(0, Math.max(equals, 0)));
}

/** What is empty is no secret. */
function mayTravel(entry: Uint8Array): boolean {
  const name = nameOf(entry);
  return name !== "" && (entry[name.length + 1] ?? 0) !== 0 &&
    !TOO_EARLY.some((prefix) => name.startsWith(prefix));
}
