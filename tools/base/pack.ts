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
import { pageBytes, Region, roundUp } from "./region.ts";

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

/** CT_STUB_LIBRARIES of c/entry_stub.h. */
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
    address: data.address + data.put(bytes, page),
    size: bytes.length,
  }));
  const image = follow(data, page);
  image.put(makeMemoryImage(loader), page);

  tables.stub.bytes.set(words(configWords(parts, code, tables, image.address)));
  const pairs = libraries.flatMap(({ address, size }) => [address, size]);
  tables.libraries.bytes.set(words(pairs));
  fillPrograms(parts, tables, { code, data, image, page });

  const file = new Uint8Array(image.offset + roundUp(image.size, page));
  file.set(executable.bytes);
  for (const region of [code, data, image]) region.copyTo(file);
  patchHeader(file, {
    entry: code.address + tables.stub.at + parts.stub.entry,
    tableAt: code.offset + tables.kernel.at,
    count: tables.kernel.bytes.length / PROGRAM_HEADER_BYTES,
  });
  return file;
}

function requireParts(
  { executable, stub, loader, libraries }: BaseParts,
): number {
  const page = pageBytes(executable);
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

/** Bytes at their place in the region of the code. */
interface Placed {
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface Tables {
  readonly kernel: Placed;
  readonly loader: Placed;
  /** The stub, which starts with `struct config`. */
  readonly stub: Placed;
  readonly libraries: Placed;
  readonly argsAt: number;
  readonly environmentAt: number;
}

/** Places stub, texts and tables; the tables are filled in when all addresses are known. */
function putCode(code: Region, parts: BaseParts): Tables {
  const { executable, loader, libraries } = parts;
  const place = (bytes: Uint8Array, alignment: number) => ({
    bytes,
    at: code.put(bytes, alignment),
  });
  const programs = (count: number) =>
    place(new Uint8Array(count * PROGRAM_HEADER_BYTES), 16);
  const texts = (list: readonly string[]) => {
    const put = (text: string) => code.put(encodeText(text), 1);
    const addresses = list.map((text) => code.address + put(text));
    return code.put(words(addresses), 8);
  };
  const kept = executable.programs.filter(staysForKernel).length;
  return {
    kernel: programs(1 + kept + 2 + loads(loader).length),
    loader: programs(executable.programs.length),
    stub: place(makeMemoryImage(parts.stub), 64),
    argsAt: texts(parts.args),
    environmentAt: texts(parts.environment),
    libraries: place(new Uint8Array(libraries.length * 16), 8),
  };
}

/** Two program header tables: one for the kernel, one for the loader. */
function fillPrograms(
  { executable, loader }: BaseParts,
  tables: Tables,
  { code, data, image, page }: Record<"code" | "data" | "image", Region> & {
    page: number;
  },
): void {
  const table = ({ at, bytes }: Placed) =>
    code.part(PT.phdr, READ, at, bytes.length, 8);
  // The loader needs Deno's own table with its new address, and with PT_INTERP, or rtld asserts.
  tables.loader.bytes.set(encodePrograms(
    executable.programs.map((program) =>
      program.type === PT.phdr ? table(tables.loader) : program
    ),
  ));
  tables.kernel.bytes.set(encodePrograms([
    table(tables.kernel),
    ...executable.programs.filter(staysForKernel),
    code.segment(READ_EXECUTE, page),
    data.segment(READ, page),
    // Over the loader's memory image, which includes its bss.
    ...loads(loader).map(({ flags, address, memorySize }) =>
      image.part(PT.load, flags, address, memorySize, page)
    ),
  ]));
}

/** `struct config` of stub.c, word for word. */
function configWords(
  parts: BaseParts,
  code: Region,
  tables: Tables,
  loaderAddress: number,
): number[] {
  return [
    code.address + tables.stub.at,
    parts.executable.entry,
    code.address + tables.loader.at,
    parts.executable.programs.length,
    loaderAddress,
    loaderAddress + parts.loader.entry,
    code.address + tables.argsAt,
    parts.args.length,
    code.address + tables.environmentAt,
    parts.environment.length,
    code.address + tables.libraries.at,
    parts.libraries.length,
    code.address - code.offset,
  ];
}

/** The kernel must find no interpreter, and gets a PT_PHDR of its own. */
function staysForKernel({ type }: ProgramHeader): boolean {
  return type !== PT.interp && type !== PT.phdr;
}

function follow(region: Region, page: number): Region {
  return new Region(
    roundUp(region.offset + region.size, page),
    roundUp(region.address + region.size, page),
  );
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
