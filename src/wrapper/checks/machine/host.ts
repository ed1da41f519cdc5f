/**
 * The two interfaces through which proofs read the machine: files, and calls into C.
 * Tests replace them with a fake kernel.
 */
import {
  arenaFd,
  closeFd,
  type DumpableProof,
  errnoName,
  FfiError,
  fileSystem,
  findInFile,
  findSeccompListener,
  hasBpfLsm,
  kernelRelease,
  proofDumpable,
  proofRead,
  readExecBlocks,
  readSmaps,
  scan,
  type ScanResult,
  wipe,
} from "@ffi";
import { openTsmFiles, type TsmFiles } from "./tsm.ts";

/** Reads files. Paths are absolute. */
export interface Host {
  /** Its processor. */
  readonly arch: typeof Deno.build.arch;
  /** @throws Deno.errors.* */
  readText(path: string): string;
  /** At most `length` bytes from `offset`. @throws Deno.errors.* */
  readPart(path: string, offset: number, length: number): Uint8Array;
  /** @throws Deno.errors.* */
  sizeOf(path: string): number;
  /** The smaps of the given memory and of ordinary memory. @throws FfiError */
  readonly readSmaps: typeof readSmaps;
  readonly hasBpfLsm: typeof hasBpfLsm;
  /** Finds byte strings in a file of any size. */
  readonly find: typeof findInFile;
  /** Names in a folder. @throws Deno.errors.* */
  list(path: string): string[];
  /** Attestation reports; undefined if there is no such interface. */
  readonly tsm?: TsmFiles;
}

/** Calls into the C shim. */
export interface ProofKernel {
  /** Release from uname(2), which mount options of procfs cannot hide. */
  release(): string;
  /** Magic number of a file's file system, links followed. @throws FfiError ENOENT, EACCES, … */
  fileSystem(path: string): number;
  /** The environment block from execve: a view, not a copy. */
  environment(): Uint8Array;
  read(view: Uint8Array | { start: bigint }, length: number): number;
  dumpable(timeoutMs: number): Promise<DumpableProof>;
  /** Whether another process can answer our system calls: result of ct_seccomp_listener. */
  seccompListener(): Promise<number>;
  /** The errno of creating secret memory now; undefined: it works. */
  trySecretMemory(): string | undefined;
  scan(patterns: Uint8Array[]): Promise<ScanResult>;
  wipe(view: Uint8Array): void;
  errnoName(errno: number): string;
}

/** The real machine. */
export function openHost(): Host {
  return {
    arch: Deno.build.arch,
    readText: (path) => Deno.readTextFileSync(path),
    readPart,
    sizeOf: (path) => Deno.statSync(path).size,
    readSmaps,
    hasBpfLsm,
    find: findInFile,
    list: (path) => Array.from(Deno.readDirSync(path), ({ name }) => name),
    tsm: openTsmFiles(),
  };
}

function readPart(path: string, offset: number, length: number): Uint8Array {
  using file = Deno.openSync(path, { read: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = file.readSync(bytes.subarray(filled));
    if (!count) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** The real kernel. Loads the shim at the first call. */
export function openProofKernel(): ProofKernel {
  return {
    release: kernelRelease,
    fileSystem,
    environment: () => readExecBlocks().env,
    read: proofRead,
    dumpable: proofDumpable,
    seccompListener: findSeccompListener,
    trySecretMemory,
    scan,
    wipe,
    errnoName,
  };
}

function trySecretMemory(): string | undefined {
  try {
    closeFd(arenaFd("secretmem"));
    return undefined;
  } catch (error) {
    return error instanceof FfiError ? error.code : "an unknown error";
  }
}
