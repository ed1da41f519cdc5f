/** The compiled file itself: static, no writable code, nothing of this machine in it. */
import assert from "node:assert/strict";
import { loads, PT, readElf } from "../../tools/base/elf.ts";
import { WRAPPER } from "../support/wrapper.ts";

const bytes = await Deno.readFile(WRAPPER);
const elf = readElf(WRAPPER, bytes);
const WRITE = 2;
const EXECUTE = 1;
const GNU_STACK = 0x6474e551;

Deno.test("binary: the kernel finds no interpreter", () => {
  assert.equal(elf.programs.some(({ type }) => type === PT.interp), false);
});

Deno.test("binary: no segment is both writable and executable", () => {
  for (const { flags } of loads(elf)) {
    assert.notEqual(flags & (WRITE | EXECUTE), WRITE | EXECUTE);
  }
});

Deno.test("binary: the stack is not executable", () => {
  const stack = elf.programs.find(({ type }) => type === GNU_STACK);
  assert.equal((stack?.flags ?? EXECUTE) & EXECUTE, 0);
});

Deno.test("binary: its entry lies in an executable segment that is in the file", () => {
  const home = loads(elf).find(({ address, fileSize, flags }) =>
    (flags & EXECUTE) !== 0 && address <= elf.entry &&
    elf.entry < address + fileSize
  );
  assert.ok(home);
});

Deno.test("binary: segments neither overlap nor go backwards", () => {
  const sorted = loads(elf);
  sorted.reduce((end, { address, memorySize }) => {
    assert.ok(address >= end, `${address} < ${end}`);
    return address + memorySize;
  }, 0);
});

Deno.test("binary: it is smaller than 100 MB, and ends with its last segment", () => {
  assert.ok(bytes.length < 100e6, `${bytes.length} bytes`);
  const last = loads(elf).at(-1);
  assert.equal(last && last.offset + last.fileSize, bytes.length);
});

Deno.test("binary: no path of this machine is in it", () => {
  const text = new TextDecoder("latin1").decode(bytes);
  const root = new URL("../../", import.meta.url).pathname;
  assert.equal(text.includes(root), false, root);
  assert.equal(text.includes("/cloudtaser-compile-"), false);
});
