/**
 * Removes up to 2.7 MB of zeroes that `deno compile` leaves before the program it
 * adds: it makes the file offset of its segment equal to the address, which bss
 * has moved up. The kernel needs both to be equal only within a page. The segment
 * moves to the next page behind the base: `deno compile` aligns it to 4 KiB, where
 * it can share a page of 64 KiB with the loader's data. The section headers
 * behind the segment, which the kernel does not read, go too.
 */
import {
  type Elf,
  ElfError,
  encodePrograms,
  loads,
  patchHeader,
  type ProgramHeader,
  PT,
} from "./elf.ts";
import { pageBytes, roundUp } from "./region.ts";

/**
 * The file without its gap.
 *
 * @throws {ElfError} when the last segment does not hold the program headers, or
 * there is something in the gap.
 */
export function closeGap(compiled: Elf): Uint8Array<ArrayBuffer> {
  const { bytes, programs } = compiled;
  const { added, end, address } = findPlace(compiled);
  const file = new Uint8Array(end + added.fileSize);
  file.set(bytes.subarray(0, end));
  file.set(
    bytes.subarray(added.offset, added.offset + added.fileSize),
    end,
  );
  const moved = programs.map((program) => ({
    ...program,
    ...program.offset >= added.offset && {
      offset: program.offset - added.offset + end,
      address: program.address - added.address + address,
    },
    ...program === added && { alignment: pageBytes(compiled) },
  }));
  file.set(encodePrograms(moved), end);
  patchHeader(file, {
    entry: compiled.entry,
    tableAt: end,
    count: programs.length,
    hasSections: false,
  });
  return file;
}

/** Where the segment that `deno compile` added belongs: in the file, and in memory. */
interface Place {
  readonly added: ProgramHeader;
  readonly end: number;
  readonly address: number;
}

function findPlace(compiled: Elf): Place {
  const { bytes, name, programs } = compiled;
  const [last, added] = loads(compiled).slice(-2);
  const table = programs.find(({ type }) => type === PT.phdr);
  if (!last || !added || table?.offset !== added.offset) {
    throw new ElfError(name, "its last segment is not deno compile's");
  }
  const page = pageBytes(compiled);
  const ends = programs.filter(({ offset }) => offset < added.offset)
    .map(({ offset, fileSize }) => offset + fileSize);
  const end = roundUp(Math.max(0, ...ends), page);
  const gap = bytes.subarray(end, added.offset);
  if (end > added.offset || gap.some((byte) => byte !== 0)) {
    throw new ElfError(name, "there is no gap before its last segment");
  }
  const address = end + last.address - last.offset;
  if (address < roundUp(last.address + last.memorySize, page)) {
    throw new ElfError(name, "there is no room behind its base");
  }
  return { added, end, address };
}
