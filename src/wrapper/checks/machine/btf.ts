/**
 * Searches BTF, the kernel's description of its types, for named types. Pure
 * functions over bytes. Search the strings first: a name that is not among them
 * cannot name a type (5 ms instead of 14).
 * Format: Documentation/bpf/btf.rst.
 */

const MAGIC = 0xeb9f;
/** Bytes needed for {@linkcode parseBtfHeader}. */
export const BTF_HEADER_BYTES = 24;
const TYPE_BYTES = 12;

/** Kinds of BTF types. */
export const BTF_KIND = { typedef: 8, func: 12 } as const;

/** Offsets and sizes of the sections, from the start of the file. */
export interface BtfHeader {
  readonly littleEndian: boolean;
  readonly types: { readonly at: number; readonly bytes: number };
  readonly strings: { readonly at: number; readonly bytes: number };
}

/** Reads the header of a BTF file of `fileBytes` bytes. Undefined: not BTF. */
export function parseBtfHeader(
  bytes: Uint8Array,
  fileBytes: number,
): BtfHeader | undefined {
  if (bytes.length < BTF_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = view.getUint16(0, true) === MAGIC;
  if (!littleEndian && view.getUint16(0, false) !== MAGIC) return undefined;
  const word = (at: number) => view.getUint32(at, littleEndian);
  if (bytes[2] !== 1 || word(4) < BTF_HEADER_BYTES) return undefined;
  const header = {
    littleEndian,
    types: { at: word(4) + word(8), bytes: word(12) },
    strings: { at: word(4) + word(16), bytes: word(20) },
  };
  const fits = [header.types, header.strings].every((section) =>
    section.at + section.bytes <= fileBytes
  );
  return fits ? header : undefined;
}

/** Offsets of the names that occur as whole strings in the string section. */
export function findBtfStrings(
  strings: Uint8Array,
  names: readonly string[],
): ReadonlyMap<string, number> {
  const text = new TextDecoder("latin1").decode(strings);
  const found = new Map<string, number>();
  for (const name of names) {
    const at = text.indexOf(`\0${name}\0`);
    if (at >= 0) found.set(name, at + 1);
  }
  return found;
}

/**
 * Whether a type of one of `kinds` has the name at string offset `name`. Undefined:
 * the section is damaged or contains an unknown kind, whose length is unknown.
 */
export function hasBtfType(
  types: Uint8Array,
  littleEndian: boolean,
  wanted: { readonly name: number; readonly kinds: readonly number[] },
): boolean | undefined {
  const view = new DataView(types.buffer, types.byteOffset, types.byteLength);
  let at = 0;
  while (at + TYPE_BYTES <= types.length) {
    const info = view.getUint32(at + 4, littleEndian);
    const kind = info >>> 24 & 0x1f;
    const named = view.getUint32(at, littleEndian) === wanted.name;
    if (named && wanted.kinds.includes(kind)) return true;
    const extra = extraBytes(kind, info & 0xffff);
    if (extra === undefined) return undefined;
    at += TYPE_BYTES + extra;
  }
  return at === types.length ? false : undefined;
}

/** Bytes after the common 12 of a type, by its kind and vlen. */
function extraBytes(kind: number, count: number): number | undefined {
  switch (kind) {
    case 1: // int
    case 14: // var
    case 17: // decl tag
      return 4;
    case 2: // pointer
    case 7: // forward
    case 8: // typedef
    case 9: // volatile
    case 10: // const
    case 11: // restrict
    case 12: // func
    case 16: // float
    case 18: // type tag
      return 0;
    case 3: // array
      return 12;
    case 4: // struct
    case 5: // union
    case 15: // data section
    case 19: // enum64
      return 12 * count;
    case 6: // enum
    case 13: // func proto
      return 8 * count;
    default:
      return undefined;
  }
}
