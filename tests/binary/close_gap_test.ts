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
function makeCompiled(
  programs: readonly ProgramHeader[] = PROGRAMS,
  machine = 62,
): Elf {
  const at = programs.findLast(({ type }) => type === PT.load)?.offset ?? 0;
  const bytes = new Uint8Array(at + ADDED.fileSize + SECTIONS);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(0x12, machine, true);
  view.setUint16(0x36, PROGRAM_HEADER_BYTES, true);
  view.setBigUint64(0x28, BigInt(at + ADDED.fileSize), true);
  view.setUint16(0x3c, 3, true);
  bytes.fill(1, SHIFTED.offset, SHIFTED.offset + SHIFTED.fileSize);
  bytes.fill(2, at + 400, at + 500);
  bytes.set(encodePrograms(programs), at);
  patchHeader(bytes, {
    entry: 9,
    tableAt: at,
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
  const large = { ...SHIFTED, memorySize: 3 * 4096 };
  assert.throws(
    () => closeGap(makeCompiled([TABLE, BASE, large, ADDED])),
    /there is no room behind its base/,
  );
});

Deno.test("closeGap: the added segment shares no page with the base", () => {
  const page = 65536;
  const data = { ...SHIFTED, offset: page, address: 3 * page, fileSize: 100 };
  // deno compile aligns to 4 KiB, whatever the machine.
  const added = { ...ADDED, offset: 3 * page + 4096, address: 3 * page + 4096 };
  const table = { ...TABLE, offset: added.offset, address: added.address };
  const note = { ...NOTE, offset: added.offset + 400, fileSize: 100 };
  const before = makeCompiled(
    [table, BASE, data, added, { ...note, address: note.offset }],
    183,
  );
  const after = readElf("closed", closeGap(before));
  const moved = loads(after).at(-1);
  assert.deepEqual(moved, {
    ...added,
    offset: 2 * page,
    address: 4 * page,
    alignment: page,
  });
  assert.deepEqual(after.programs.at(-1), {
    ...note,
    offset: 2 * page + 400,
    address: 4 * page + 400,
  });
});
