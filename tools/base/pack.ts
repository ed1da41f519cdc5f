/**
 * Makes the static base: a Deno executable that needs no loader and no library
 * in the image. Segments are appended and the header points to them; Deno's code
 * stays the same (docs/ARCHITECTURE.md). The same parts make the same bytes.
 */
import {
  type Elf,
  ElfError,
  encodePrograms,
  endAddress,
  loads,
  makeMemoryImage,
  patchHeader,
  PROGRAM_HEADER_BYTES,
  type ProgramHeader,
  PT,
} from "./elf.ts";
import { Region, roundUp } from "./region.ts";

/** The parts of a base. */
export interface BaseParts {
  readonly executable: Elf;
  readonly stub: Elf;
  readonly loader: Elf;
  readonly libraries: readonly Uint8Array[];
  /** argv of Deno, argv[0] included. */
  readonly args: readonly string[];
  /** `NAME=value` each. */
  readonly environment: readonly string[];
}

/** The largest page size of each machine by its ELF number: x86-64, aarch64. */
const PAGE_BYTES: Readonly<Record<number, number>> = { 62: 4096, 183: 65536 };
/** stub.c keeps their descriptors in an array of this size. */
const MAX_LIBRARIES = 16;
const READ = 4;
const READ_EXECUTE = 5;

/**
 * The base executable for `deno compile`.
 *
 * @throws {ElfError} when a part does not fit.
 */
export function packBase(parts: BaseParts): Uint8Array {
  const page = requireParts(parts);
  const { executable, loader } = parts;
  const code = new Region(
    roundUp(executable.bytes.length, page),
    roundUp(endAddress(executable), page),
  );
  const tables = putCode(code, parts);
  const data = follow(code, page);
  const libraries = parts.libraries.map((bytes) => ({
    address: data.address + data.put(bytes, 16),
    size: bytes.length,
  }));
  const image = follow(data, page);
  image.put(makeMemoryImage(loader), page);

  fillTable(tables.libraries, libraries.flatMap((l) => [l.address, l.size]));
  fillTable(tables.config, configWords(parts, code, tables, image.address));
  tables.loader.set(encodePrograms(
    loaderPrograms(executable, code, tables.loaderAt),
  ));
  tables.kernel.set(encodePrograms([
    code.part(PT.phdr, READ, tables.kernelAt, tables.kernel.length, 8),
    ...executable.programs.filter(staysForKernel),
    code.segment(READ_EXECUTE, page),
    data.segment(READ, page),
    ...imageSegments(loader, image, page),
  ]));

  const file = new Uint8Array(image.offset + roundUp(image.size, page));
  file.set(executable.bytes);
  for (const region of [code, data, image]) region.copyTo(file);
  patchHeader(file, {
    entry: code.address + tables.configAt + parts.stub.entry,
    tableAt: code.offset + tables.kernelAt,
    count: tables.kernel.length / PROGRAM_HEADER_BYTES,
  });
  return file;
}

function requireParts(
  { executable, stub, loader, libraries }: BaseParts,
): number {
  const page = PAGE_BYTES[executable.machine];
  if (page === undefined) {
    throw new ElfError(executable.name, "its machine is unknown");
  }
  for (const part of [stub, loader]) {
    if (part.machine !== executable.machine) {
      throw new ElfError(part.name, "it is for another machine than Deno");
    }
  }
  if (!executable.programs.some(({ type }) => type === PT.interp)) {
    throw new ElfError(executable.name, "it is static already");
  }
  if (!executable.programs.some(({ type }) => type === PT.phdr)) {
    throw new ElfError(executable.name, "it has no PT_PHDR");
  }
  if (libraries.length > MAX_LIBRARIES) {
    throw new ElfError(executable.name, "it needs too many libraries");
  }
  return page;
}

interface Tables {
  readonly kernel: Uint8Array;
  readonly kernelAt: number;
  readonly loader: Uint8Array;
  readonly loaderAt: number;
  readonly config: Uint8Array;
  readonly configAt: number;
  readonly libraries: Uint8Array;
  readonly librariesAt: number;
  readonly argsAt: number;
  readonly environmentAt: number;
}

/** Places stub, texts and tables; the tables are filled in when all addresses are known. */
function putCode(code: Region, parts: BaseParts): Tables {
  const { executable, loader, libraries } = parts;
  const kept = executable.programs.filter(staysForKernel).length;
  const kernelCount = 1 + kept + 2 + loads(loader).length;
  const kernel = new Uint8Array(kernelCount * PROGRAM_HEADER_BYTES);
  const loaderTable = new Uint8Array(
    executable.programs.length * PROGRAM_HEADER_BYTES,
  );
  const kernelAt = code.put(kernel, 16);
  const loaderAt = code.put(loaderTable, 16);
  const stub = makeMemoryImage(parts.stub);
  const configAt = code.put(stub, 64);
  const texts = (list: readonly string[]) =>
    code.put(
      words(list.map((text) => code.address + code.put(encodeText(text), 1))),
      8,
    );
  const argsAt = texts(parts.args);
  const environmentAt = texts(parts.environment);
  const libraryTable = new Uint8Array(libraries.length * 16);
  const librariesAt = code.put(libraryTable, 8);
  return {
    kernel,
    kernelAt,
    loader: loaderTable,
    loaderAt,
    config: stub,
    configAt,
    libraries: libraryTable,
    librariesAt,
    argsAt,
    environmentAt,
  };
}

/** `struct config` of stub.c, word for word. */
function configWords(
  parts: BaseParts,
  code: Region,
  tables: Tables,
  loaderAddress: number,
): number[] {
  return [
    code.address + tables.configAt,
    parts.executable.entry,
    code.address + tables.loaderAt,
    parts.executable.programs.length,
    loaderAddress,
    loaderAddress + parts.loader.entry,
    code.address + tables.argsAt,
    parts.args.length,
    code.address + tables.environmentAt,
    parts.environment.length,
    code.address + tables.librariesAt,
    parts.libraries.length,
  ];
}

/** The kernel must find no interpreter, and gets a PT_PHDR of its own. */
function staysForKernel({ type }: ProgramHeader): boolean {
  return type !== PT.interp && type !== PT.phdr;
}

/** The loader needs Deno's own table with its new address, and with PT_INTERP, or rtld asserts. */
function loaderPrograms(
  executable: Elf,
  code: Region,
  at: number,
): ProgramHeader[] {
  const size = executable.programs.length * PROGRAM_HEADER_BYTES;
  return executable.programs.map((program) =>
    program.type === PT.phdr ? code.part(PT.phdr, READ, at, size, 8) : program
  );
}

/** The loader's segments over its memory image, which includes its bss. */
function imageSegments(
  loader: Elf,
  image: Region,
  page: number,
): ProgramHeader[] {
  return loads(loader).map((program) => ({
    ...image.part(
      PT.load,
      program.flags,
      program.address,
      program.memorySize,
      page,
    ),
  }));
}

function follow(region: Region, page: number): Region {
  return new Region(
    roundUp(region.offset + region.size, page),
    roundUp(region.address + region.size, page),
  );
}

function fillTable(table: Uint8Array, values: readonly number[]): void {
  table.set(words(values));
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
