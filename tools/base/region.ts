/** Appended bytes that become one segment of an ELF file, and the pages that they fill. */
import { targetOfMachine } from "../build/target.ts";
import { type Elf, ElfError, type ProgramHeader, PT } from "./elf.ts";

/** The largest page size of the machine that a file is for. @throws {ElfError} when it is unknown */
export function pageBytes({ machine, name }: Elf): number {
  const page = targetOfMachine(machine)?.largestPage;
  if (page === undefined) throw new ElfError(name, "its machine is unknown");
  return page;
}

/** Appended bytes that become one segment, with their places in the file and in memory. */
export class Region {
  readonly offset: number;
  readonly address: number;
  readonly #pieces: { at: number; bytes: Uint8Array }[] = [];
  size = 0;

  constructor(offset: number, address: number) {
    this.offset = offset;
    this.address = address;
  }

  /** Appends bytes. @returns their place, relative to the region's start */
  put(bytes: Uint8Array, alignment: number): number {
    const at = roundUp(this.size, alignment);
    this.#pieces.push({ at, bytes });
    this.size = at + bytes.length;
    return at;
  }

  copyTo(file: Uint8Array): void {
    for (const { at, bytes } of this.#pieces) file.set(bytes, this.offset + at);
  }

  segment(flags: number, alignment: number): ProgramHeader {
    return this.part(PT.load, flags, 0, this.size, alignment);
  }

  part(
    type: number,
    flags: number,
    at: number,
    size: number,
    alignment: number,
  ): ProgramHeader {
    return {
      type,
      flags,
      offset: this.offset + at,
      address: this.address + at,
      fileSize: size,
      memorySize: size,
      alignment,
    };
  }
}

/** The next multiple of `to`. */
export function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
