/**
 * The parts of BTF, the kernel's description of its types, that a search for named
 * types needs. Pure functions over bytes. Format: Documentation/bpf/btf.rst.
 */

/** Little-endian, like this process: the running kernel describes itself. */
const MAGIC = 0xeb9f;
/** Bytes needed for {@linkcode parseBtfHeader}. */
export const BTF_HEADER_BYTES = 24;
/** Kind and vlen of a typedef, and of a static, global and extern function. */
const KINDS = [8 << 24, 12 << 24, 12 << 24 | 1, 12 << 24 | 2];

/** A section of a BTF file. */
export interface BtfSection {
  /** Offset from the start of the file. */
  readonly at: number;
  readonly bytes: number;
}

/** Where the sections are. */
export interface BtfHeader {
  readonly types: BtfSection;
  readonly strings: BtfSection;
}

/** Reads the header of a BTF file of `fileBytes` bytes. Undefined: not BTF. */
export function parseBtfHeader(
  bytes: Uint8Array,
  fileBytes: number,
): BtfHeader | undefined {
  if (bytes.length < BTF_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0, true) !== MAGIC) return undefined;
  const word = (at: number) => view.getUint32(at, true);
  if (bytes[2] !== 1 || word(4) < BTF_HEADER_BYTES) return undefined;
  const header = {
    types: { at: word(4) + word(8), bytes: word(12) },
    strings: { at: word(4) + word(16), bytes: word(20) },
  };
  const fits = [header.types, header.strings].every((section) =>
    section.at + section.bytes <= fileBytes
  );
  return fits ? header : undefined;
}

/** A name as it is in the string section: between two NULs. */
export function encodeBtfName(name: string): Uint8Array {
  return new TextEncoder().encode(`\0${name}\0`);
}

/**
 * The first 8 bytes of a typedef and of each kind of function whose name is at
 * `name` in the string section. Nothing else in the type section has these bytes:
 * behind a name is a type or a value of an enumerator, and no kernel has 134 million
 * types or an enumerator with the name of a function.
 */
export function encodeBtfTypes(name: number): Uint8Array[] {
  return KINDS.map((kind) => {
    const words = new DataView(new ArrayBuffer(8));
    words.setUint32(0, name, true);
    words.setUint32(4, kind, true);
    return new Uint8Array(words.buffer);
  });
}
