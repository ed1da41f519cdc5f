/** The packer under damaged input: one clear error, or a result; never a crash, never a hang. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Elf,
  ElfError,
  encodePrograms,
  makeMemoryImage,
  PROGRAM_HEADER_BYTES,
  type ProgramHeader,
  PT,
  readDynamicNames,
  readElf,
  readInterpreter,
} from "../../tools/base/elf.ts";
import { withoutSystemPaths } from "../../tools/base/loader.ts";
import { packBase } from "../../tools/base/pack.ts";

const RUNS = { numRuns: 300 };

/** Everything that the build does with a file it did not make. */
function useAll(bytes: Uint8Array): void {
  const elf = readElf("input", bytes);
  readInterpreter(elf);
  readDynamicNames(elf);
  makeMemoryImage(elf);
  withoutSystemPaths(elf);
  packBase({
    executable: elf,
    stub: elf,
    loader: elf,
    libraries: [bytes],
    args: ["a"],
    environment: ["A=1"],
  });
}

function onlyElfErrors(bytes: Uint8Array): void {
  try {
    useAll(bytes);
  } catch (error) {
    assert.ok(error instanceof ElfError, `${error}`);
    assert.match(error.message, /^input is not a usable ELF64 file: .+$/);
  }
}

Deno.test("packer: any bytes give a result or one clear error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), onlyElfErrors),
    RUNS,
  );
});

Deno.test("packer: a damaged real library gives a result or one clear error", async () => {
  const real = (await Deno.readFile(libraryPath())).slice(0, 20_000);
  // The section names lie at the end; what is cut off is damage too.
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 30 }),
      fc.nat(real.length),
      (changes, length) => {
        const bytes = real.slice(0, Math.max(length, 64));
        for (const [at, value] of changes) {
          if (at < bytes.length) bytes[at] = value;
        }
        onlyElfErrors(bytes);
      },
    ),
    RUNS,
  );
});

Deno.test("packer: an empty and a short file are named with their length", () => {
  for (const size of [0, 1, 63]) {
    assert.throws(
      () => readElf("input", new Uint8Array(size)),
      new ElfError("input", `${size} bytes are too few`),
    );
  }
});

const segment: fc.Arbitrary<ProgramHeader> = fc.record({
  type: fc.nat(0xffffffff),
  flags: fc.nat(7),
  offset: fc.constant(0),
  address: fc.nat(2 ** 30),
  fileSize: fc.nat(64),
  memorySize: fc.integer({ min: 64, max: 2 ** 20 }),
  alignment: fc.constantFrom(1, 8, 4096),
}, { noNullPrototype: true });

/** Plausible types with any numbers: what passes the header's checks and is wrong behind them. */
const wildSegment: fc.Arbitrary<ProgramHeader> = fc.record({
  type: fc.constantFrom(PT.load, PT.dynamic, PT.interp, PT.phdr, PT.note),
  flags: fc.nat(7),
  offset: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  address: fc.oneof(fc.nat(2 ** 20), fc.maxSafeNat()),
  fileSize: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  memorySize: fc.oneof(fc.nat(2 ** 20), fc.maxSafeNat()),
  alignment: fc.nat(),
}, { noNullPrototype: true });

Deno.test("packer: wild segments give a result or one clear error", () => {
  fc.assert(
    fc.property(
      fc.array(wildSegment, { maxLength: 6 }),
      fc.uint8Array({ maxLength: 200 }),
      (programs, tail) => {
        const file = makeFile(programs);
        const bytes = new Uint8Array(file.length + tail.length);
        bytes.set(file);
        bytes.set(tail, file.length);
        onlyElfErrors(bytes);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("packer: program headers read back as they were written", () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 20 }), (programs) => {
      const elf = readElf("input", makeFile(programs));
      assert.deepEqual(elf.programs, programs);
    }),
    RUNS,
  );
});

Deno.test("packer: the packed file keeps every byte of Deno but the header's three fields", () => {
  const executable = makeExecutable();
  const packed = packExample(executable);
  const before = executable.bytes.slice();
  const after = packed.slice(0, before.length);
  for (const [at, length] of [[0x18, 16], [0x38, 2]] as const) {
    before.fill(0, at, at + length);
    after.fill(0, at, at + length);
  }
  assert.deepEqual(after, before);
});

Deno.test("packer: the kernel's table has no interpreter and one PT_PHDR, first", () => {
  const { programs } = readElf("packed", packExample(makeExecutable()));
  assert.equal(programs.some(({ type }) => type === PT.interp), false);
  assert.deepEqual(
    programs.flatMap(({ type }, index) => type === PT.phdr ? [index] : []),
    [0],
  );
});

Deno.test("packer: the same parts give the same bytes", () => {
  assert.deepEqual(
    packExample(makeExecutable()),
    packExample(makeExecutable()),
  );
});

Deno.test("packer: a part for another machine is refused", () => {
  const other = { ...readElf("loader", makeFile([LOAD])), machine: 183 };
  assert.throws(
    () => packExample(makeExecutable(), other),
    new ElfError("loader", "it is for another machine than Deno"),
  );
});

Deno.test("loader: a loader without the known paths is refused", () => {
  assert.throws(
    () => withoutSystemPaths(readElf("loader", makeFile([LOAD]))),
    /^ElfError: loader .*ld\.so\.preload.* is not in it/,
  );
});

const LOAD: ProgramHeader = {
  type: PT.load,
  flags: 5,
  offset: 0,
  address: 0,
  fileSize: 64,
  memorySize: 128,
  alignment: 4096,
};

function makeExecutable(): Elf {
  const small = { ...LOAD, fileSize: 8, memorySize: 8 };
  return readElf(
    "deno",
    makeFile([
      { ...small, type: PT.phdr },
      { ...small, type: PT.interp },
      LOAD,
    ]),
  );
}

function packExample(executable: Elf, loader?: Elf): Uint8Array {
  const stub = readElf("stub", makeFile([{ ...LOAD, memorySize: 256 }]));
  return packBase({
    executable,
    stub,
    loader: loader ?? readElf("loader", makeFile([LOAD])),
    libraries: [Uint8Array.of(1, 2, 3)],
    args: ["cloudtaser-wrapper", "run"],
    environment: ["A=1"],
  });
}

/** A minimal x86-64 file: header and program headers. */
function makeFile(programs: readonly ProgramHeader[]): Uint8Array {
  const table = encodePrograms(programs);
  const bytes = new Uint8Array(64 + Math.max(table.length, 64));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(0x12, 62, true);
  view.setBigUint64(0x20, 64n, true);
  view.setUint16(0x36, PROGRAM_HEADER_BYTES, true);
  view.setUint16(0x38, programs.length, true);
  bytes.set(table, 64);
  return bytes;
}

function libraryPath(): string {
  const triplet = Deno.build.arch === "x86_64" ? "x86_64" : "aarch64";
  return `/lib/${triplet}-linux-gnu/librt.so.1`;
}
