/** Removing the gap that `deno compile` leaves: what stays, what moves, what is refused. */
import assert from "node:assert/strict";
import { closeGap } from "../../tools/base/close_gap.ts";
import {
  type Elf,
  encodePrograms,
  loads,
  patchHeader,
  PROGRAM_HEADER_BYTES,
  type ProgramHeader,
  PT,
  readElf,
} from "../../tools/base/elf.ts";

const BASE: ProgramHeader = {
  type: PT.load,
  flags: 5,
  offset: 0,
  address: 0,
  fileSize: 4096,
  memorySize: 4096,
  alignment: 4096,
};
/** Of the base too: its address is two pages before its offset would be. */
const SHIFTED = { ...BASE, offset: 4096, address: 3 * 4096, fileSize: 100 };
const ADDED = { ...BASE, offset: 4 * 4096, address: 4 * 4096, fileSize: 500 };
const TABLE = { ...ADDED, type: PT.phdr, fileSize: 0, memorySize: 0 };
const NOTE = { ...ADDED, type: PT.note, offset: ADDED.offset + 400 };
const PROGRAMS = [TABLE, BASE, SHIFTED, ADDED, { ...NOTE, fileSize: 100 }];
const SECTIONS = 64;

/** As `deno compile` leaves it: base, zeroes, the segment with the table, section headers. */
function makeCompiled(programs: readonly ProgramHeader[] = PROGRAMS): Elf {
  const bytes = new Uint8Array(ADDED.offset + ADDED.fileSize + SECTIONS);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(0x12, 62, true);
  view.setUint16(0x36, PROGRAM_HEADER_BYTES, true);
  view.setBigUint64(0x28, BigInt(ADDED.offset + ADDED.fileSize), true);
  view.setUint16(0x3c, 3, true);
  bytes.fill(1, SHIFTED.offset, SHIFTED.offset + SHIFTED.fileSize);
  bytes.fill(2, NOTE.offset, NOTE.offset + 100);
  bytes.set(encodePrograms(programs), ADDED.offset);
  patchHeader(bytes, {
    entry: 9,
    tableAt: ADDED.offset,
    count: programs.length,
  });
  return readElf("compiled", bytes);
}

Deno.test("closeGap: addresses and contents stay, offsets behind the gap move", () => {
  const before = makeCompiled();
  const bytes = closeGap(before);
  const after = readElf("closed", bytes);
  assert.equal(bytes.length, 2 * 4096 + ADDED.fileSize);
  assert.equal(after.entry, before.entry);
  const gap = 2 * 4096;
  assert.deepEqual(
    after.programs,
    PROGRAMS.map((program) =>
      program.offset < ADDED.offset
        ? program
        : { ...program, offset: program.offset - gap }
    ),
  );
  assert.deepEqual(bytes.subarray(-100), new Uint8Array(100).fill(2));
  for (const { offset, address } of loads(after)) {
    assert.equal(offset % 4096, address % 4096);
  }
});

Deno.test("closeGap: no section headers are left", () => {
  const view = new DataView(closeGap(makeCompiled()).buffer);
  assert.equal(view.getBigUint64(0x28, true), 0n);
  assert.equal(view.getUint32(0x3c, true), 0);
});

Deno.test("closeGap: what is not deno compile's is refused", () => {
  const inGap = makeCompiled();
  inGap.bytes[3 * 4096] = 1;
  assert.throws(() => closeGap(inGap), /there is no gap/);
  const noTable = makeCompiled(PROGRAMS.slice(1));
  assert.throws(() => closeGap(noTable), /is not deno compile's/);
  const elsewhere = { ...ADDED, address: 8 * 4096 };
  assert.throws(
    () => closeGap(makeCompiled([TABLE, BASE, SHIFTED, elsewhere])),
    /is not behind the base's/,
  );
});
