/**
 * Reads and writes ELF64 little-endian as far as the packer needs it: header,
 * program headers, dynamic section. Every fault of the input is an ElfError that
 * names the file.
 */

/** Segment and dynamic types of elf(5). */
export const PT = { load: 1, dynamic: 2, interp: 3, note: 4, phdr: 6 } as const;
const DT = { null: 0, needed: 1, strtab: 5, soname: 14 } as const;

const HEADER_BYTES = 64;
/** Size of one entry of the program header table. */
export const PROGRAM_HEADER_BYTES = 56;

/** The input is not the ELF file that was expected. */
export class ElfError extends Error {
  constructor(name: string, fault: string) {
    super(`${name} is not a usable ELF64 file: ${fault}`);
    this.name = "ElfError";
  }
}

/** One entry of the program header table. Offsets, addresses and sizes in bytes. */
export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

/** A file with its parsed headers. */
export interface Elf {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly machine: number;
  readonly entry: number;
  readonly programs: readonly ProgramHeader[];
}

/**
 * Reads header and program headers; every segment is inside the file and the address space.
 *
 * @throws {ElfError} for anything else.
 */
export function readElf(name: string, bytes: Uint8Array): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  requireHeader(name, view);
  const tableAt = readNumber(name, view, 0x20);
  const count = view.getUint16(0x38, true);
  if (tableAt + count * PROGRAM_HEADER_BYTES > bytes.length) {
    throw new ElfError(name, "program headers are outside the file");
  }
  const programs = Array.from(
    { length: count },
    (_, index) =>
      readProgram(name, view, tableAt + index * PROGRAM_HEADER_BYTES),
  );
  return {
    name,
    bytes,
    machine: view.getUint16(0x12, true),
    entry: readNumber(name, view, 0x18),
    programs,
  };
}

function requireHeader(name: string, view: DataView): void {
  if (view.byteLength < HEADER_BYTES) {
    throw new ElfError(name, `${view.byteLength} bytes are too few`);
  }
  if (view.getUint32(0) !== 0x7f454c46) throw new ElfError(name, "no magic");
  if (view.getUint8(4) !== 2 || view.getUint8(5) !== 1) {
    throw new ElfError(name, "neither 64 bits nor little-endian");
  }
  if (view.getUint16(0x36, true) !== PROGRAM_HEADER_BYTES) {
    throw new ElfError(name, "program headers have an unknown size");
  }
}

function readProgram(name: string, view: DataView, at: number): ProgramHeader {
  const program = {
    type: view.getUint32(at, true),
    flags: view.getUint32(at + 4, true),
    offset: readNumber(name, view, at + 8),
    address: readNumber(name, view, at + 16),
    fileSize: readNumber(name, view, at + 32),
    memorySize: readNumber(name, view, at + 40),
    alignment: readNumber(name, view, at + 48),
  };
  if (program.offset + program.fileSize > view.byteLength) {
    throw new ElfError(name, "a segment is outside the file");
  }
  if (program.type === PT.load && program.fileSize > program.memorySize) {
    throw new ElfError(name, "a segment is larger in the file than in memory");
  }
  return program;
}

/** Addresses of user space have 47 bits; a larger number is damage. */
function readNumber(name: string, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value >= 1n << 52n) throw new ElfError(name, "a number is out of range");
  return Number(value);
}

/** The program header table as the file holds it. */
export function encodePrograms(programs: readonly ProgramHeader[]): Uint8Array {
  const bytes = new Uint8Array(programs.length * PROGRAM_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  programs.forEach((program, index) => {
    const at = index * PROGRAM_HEADER_BYTES;
    view.setUint32(at, program.type, true);
    view.setUint32(at + 4, program.flags, true);
    [
      program.offset,
      program.address,
      program.address,
      program.fileSize,
      program.memorySize,
      program.alignment,
    ].forEach((value, word) =>
      view.setBigUint64(at + 8 + word * 8, BigInt(value), true)
    );
  });
  return bytes;
}

/** What {@linkcode patchHeader} writes. */
export interface HeaderChange {
  readonly entry: number;
  /** Place of the program headers in the file. */
  readonly tableAt: number;
  readonly count: number;
  /** false: the file has no section headers any more. */
  readonly hasSections?: boolean;
}

/** Changes the entry point and the place of the program headers. */
export function patchHeader(bytes: Uint8Array, to: HeaderChange): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (to.hasSections === false) {
    view.setBigUint64(0x28, 0n, true);
    // Their number, and the index of their names.
    view.setUint32(0x3c, 0, true);
  }
  view.setBigUint64(0x18, BigInt(to.entry), true);
  view.setBigUint64(0x20, BigInt(to.tableAt), true);
  view.setUint16(0x38, to.count, true);
}

/** First address behind all segments. */
export function endAddress(elf: Elf): number {
  return Math.max(0, ...loads(elf).map((p) => p.address + p.memorySize));
}

/** The loadable segments, in the order of the table. */
export function loads(elf: Elf): ProgramHeader[] {
  return elf.programs.filter((program) => program.type === PT.load);
}

const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

/**
 * The memory after loading at address 0: segments in place, zeroes between and in bss.
 *
 * @throws {ElfError} when there is no segment, or more than 64 MiB.
 */
export function makeMemoryImage(elf: Elf): Uint8Array {
  const size = endAddress(elf);
  if (size === 0) throw new ElfError(elf.name, "it has nothing to load");
  if (size > MAX_IMAGE_BYTES) throw new ElfError(elf.name, "it is too large");
  const image = new Uint8Array(size);
  for (const program of loads(elf)) {
    image.set(
      elf.bytes.subarray(program.offset, program.offset + program.fileSize),
      program.address,
    );
  }
  return image;
}

/** The path of the dynamic loader that the file needs, or undefined. */
export function readInterpreter(elf: Elf): string | undefined {
  const program = elf.programs.find(({ type }) => type === PT.interp);
  if (program === undefined) return undefined;
  const end = program.offset + program.fileSize;
  return readText(elf, program.offset, end);
}

/** Names in a dynamic section. */
export interface DynamicNames {
  readonly soname: string | undefined;
  readonly needed: readonly string[];
}

/**
 * Reads the SONAME and the needed libraries from the dynamic section.
 *
 * @throws {ElfError} when the section is damaged. Without one there are no names.
 */
export function readDynamicNames(elf: Elf): DynamicNames {
  const entries = readDynamic(elf);
  const strings = entries.find(([tag]) => tag === DT.strtab)?.[1];
  if (strings === undefined) return { soname: undefined, needed: [] };
  const table = fileOffset(elf, strings);
  const name = (offset: number) => readText(elf, table + offset);
  const soname = entries.find(([tag]) => tag === DT.soname)?.[1];
  return {
    soname: soname === undefined ? undefined : name(soname),
    needed: entries.filter(([tag]) => tag === DT.needed)
      .map(([, offset]) => name(offset)),
  };
}

function readDynamic(elf: Elf): [tag: number, value: number][] {
  const program = elf.programs.find(({ type }) => type === PT.dynamic);
  if (program === undefined) return [];
  const view = new DataView(
    elf.bytes.buffer,
    elf.bytes.byteOffset + program.offset,
    program.fileSize,
  );
  const entries: [number, number][] = [];
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    const tag = Number(view.getBigUint64(at, true));
    if (tag === DT.null) break;
    if (tag <= DT.soname) {
      entries.push([tag, readNumber(elf.name, view, at + 8)]);
    }
  }
  return entries;
}

function fileOffset(elf: Elf, address: number): number {
  const program = loads(elf).find((p) =>
    p.address <= address && address < p.address + p.fileSize
  );
  if (program === undefined) {
    throw new ElfError(elf.name, "its string table is not in the file");
  }
  return program.offset + address - program.address;
}

function readText(elf: Elf, at: number, limit = elf.bytes.length): string {
  const end = elf.bytes.indexOf(0, at);
  if (end < 0 || end >= limit) {
    throw new ElfError(elf.name, "a name has no end");
  }
  return new TextDecoder().decode(elf.bytes.subarray(at, end));
}
