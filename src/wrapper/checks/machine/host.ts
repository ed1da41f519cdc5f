/**
 * The two doors through which proofs reach the machine, so that tests can stand
 * in for a kernel. Neither judges what it reads.
 */
import type { DumpableProof, ScanResult } from "@ffi";
import { openTsmFiles, type TsmFiles } from "./tsm.ts";

/** Files. Paths are absolute. */
export interface Host {
  readonly pid: number;
  /** @throws Deno.errors.* */
  readText(path: string): string;
  /** At most `length` bytes from `offset`. @throws Deno.errors.* */
  readPart(path: string, offset: number, length: number): Uint8Array;
  /** @throws Deno.errors.* */
  sizeOf(path: string): number;
  /** Names in a folder. @throws Deno.errors.* */
  list(path: string): string[];
  /** Attestation reports; missing where nobody stands in for them. */
  readonly tsm?: TsmFiles;
}

/** The C shim's proofs. */
export interface ProofKernel {
  /** The kernel's release: uname(2), which no mount option of procfs hides. */
  release(): string;
  /** Magic number of the file system that a file really lies on. @throws FfiError ENOENT, EACCES, … */
  fileSystem(path: string): number;
  /** The environment block that the kernel made: live bytes, not a copy. */
  environment(): Uint8Array;
  read(view: Uint8Array | { start: bigint }, length: number): number;
  dumpable(timeoutMs: number): Promise<DumpableProof>;
  /** Whether another process answers our system calls: ct_seccomp_listener's answer. */
  supervisor(): number;
  /** Why no new secret memory can be made; undefined: it can. */
  refusesSecretMemory(): string | undefined;
  scan(patterns: Uint8Array[]): Promise<ScanResult>;
  wipe(view: Uint8Array): void;
  errnoName(errno: number): string;
}

/** The machine itself. */
export function openHost(): Host {
  return {
    pid: Deno.pid,
    readText: (path) => Deno.readTextFileSync(path),
    readPart,
    sizeOf: (path) => Deno.statSync(path).size,
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
