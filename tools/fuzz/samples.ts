/** Valid binary files, made of fields. */
import { encodePrograms, type ProgramHeader, PT } from "../base/elf.ts";

const HEADER = 64;
const INTERPRETER = "/lib64/ld-linux-x86-64.so.2\0";
const STRINGS = "\0libc.so.6\0libx.so.1\0__libc_start_main\0";
const BYTES = 1024;
/** Places in the file; addresses are the same. */
const [INTERP_AT, STRINGS_AT, DYNAMIC_AT] = [400, 500, 600];
/** NEEDED, SONAME, STRTAB, STRSZ, NULL. */
const DYNAMIC = [[1, 1], [14, 11], [5, STRINGS_AT], [10, STRINGS.length], [
  0,
  0,
]];

const PROGRAMS: readonly ProgramHeader[] = [
  makeProgram(PT.interp, INTERP_AT, INTERPRETER.length),
  makeProgram(PT.load, 0, BYTES),
  makeProgram(PT.dynamic, DYNAMIC_AT, DYNAMIC.length * 16),
];

function makeProgram(type: number, at: number, size: number): ProgramHeader {
  return {
    type,
    flags: 4,
    offset: at,
    address: at,
    fileSize: size,
    memorySize: size,
    alignment: 8,
  };
}

/** An ELF file with a loader, segments and names. */
export function makeElf(
  programs: readonly ProgramHeader[] = PROGRAMS,
  bytes = BYTES,
): Uint8Array {
  const table = encodePrograms(programs);
  const file = new Uint8Array(Math.max(bytes, HEADER + table.length));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(0x10, 3, true);
  view.setUint16(0x12, 62, true);
  view.setBigUint64(0x18, 0x100n, true);
  view.setBigUint64(0x20, BigInt(HEADER), true);
  view.setUint16(0x36, 56, true);
  view.setUint16(0x38, programs.length, true);
  file.set(table, HEADER);
  if (programs !== PROGRAMS) return file;
  file.set(new TextEncoder().encode(INTERPRETER), INTERP_AT);
  file.set(new TextEncoder().encode(STRINGS), STRINGS_AT);
  DYNAMIC.flat().forEach((word, i) =>
    view.setBigUint64(DYNAMIC_AT + i * 8, BigInt(word), true)
  );
  return file;
}
