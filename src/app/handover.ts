/**
 * The environment of a program that takes its secrets over: the names with empty
 * values, and what tells the interposer where the secrets are. Nothing here
 * touches the bytes of a value.
 */
import { closeFd, Parcel, programFile } from "@ffi";
import { decodeLatin1, encodeCString } from "@/memory/mod.ts";

const EQUALS = 0x3d;
const PRELOAD = "LD_PRELOAD=";
/** What a loader or an allocator reads before the interposer runs. */
const TOO_EARLY = ["LD_", "GLIBC_", "MALLOC_"];

/** The two parts of an environment. */
export interface SplitEnvironment {
  readonly plain: readonly Uint8Array[];
  /** `NAME=value\0`, views on an arena. */
  readonly secrets: readonly Uint8Array[];
}

/** A parcel on its way, with the environment that goes along. */
export interface Handover {
  readonly parcel: Parcel;
  readonly envp: readonly Uint8Array[];
  /** Of parcel and interposer. */
  readonly fds: readonly [number, number];
  /** The program that was found able. */
  readonly path: Uint8Array;
}

/** Secrets that must stay in the ordinary environment, by name. */
export function listTooEarly(
  { secrets }: SplitEnvironment,
): string[] {
  return secrets.map(nameOf)
    .filter((name) => TOO_EARLY.some((prefix) => name.startsWith(prefix)));
}

/** True when there is anything to hand over. */
export function hasParcel(environment: SplitEnvironment): boolean {
  return environment.secrets.some(mayTravel);
}

/**
 * Packs a parcel for one start.
 *
 * @throws FfiError when there is no memory or descriptor for it.
 */
export function packHandover(
  { plain, secrets }: SplitEnvironment,
  { image, path, spare }: {
    readonly image: Uint8Array;
    readonly path: Uint8Array;
    /** Bytes by which a value may grow while the application runs. */
    readonly spare: number;
  },
): Handover {
  const travelling = secrets.filter(mayTravel);
  const parcel = Parcel.pack(travelling, spare);
  try {
    const file = programFile(image);
    const named = secrets.map((entry) =>
      mayTravel(entry) ? encodeCString(`${nameOf(entry)}=`) : entry
    );
    const envp = [
      ...withPreload([...plain, ...named], file),
      makeNote(parcel, parcel.fd, file, image.length),
    ];
    return { parcel, envp, fds: [parcel.fd, file], path };
  } catch (error) {
    closeFd(parcel.fd);
    parcel.close();
    throw error;
  }
}

/** Where the interposer finds everything: c/interposer/parcel.h. */
export function makeNote(
  parcel: Parcel,
  fd: number,
  file: number,
  length: number,
): Uint8Array {
  return encodeCString(
    `CLOUDTASER_HANDOVER=${fd}:${parcel.bytes}:${file}:${length}`,
  );
}

/** The application has both now, or never will. */
export function closeDescriptors({ fds }: Handover): void {
  for (const fd of fds) closeFd(fd);
}

/** Whose LD_PRELOAD is given twice cannot be told which one the loader takes. */
export function hasOnePreload({ plain, secrets }: SplitEnvironment): boolean {
  return [...plain, ...secrets].filter(isPreload).length <= 1;
}

function withPreload(
  entries: readonly Uint8Array[],
  file: number,
): Uint8Array[] {
  const ours = `${PRELOAD}/proc/self/fd/${file}`;
  const theirs = entries.find(isPreload);
  if (!theirs) return [...entries, encodeCString(ours)];
  return entries.map((entry) => entry === theirs ? before(ours, entry) : entry);
}

/** Theirs stays in force, behind ours. */
function before(ours: string, theirs: Uint8Array): Uint8Array {
  const head = encodeCString(`${ours}:`).subarray(0, -1);
  const rest = theirs.subarray(PRELOAD.length);
  const both = new Uint8Array(head.length + rest.length);
  both.set(head);
  both.set(rest, head.length);
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
