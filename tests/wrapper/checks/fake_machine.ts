/**
 * A fake machine for unit tests of proofs: files from tests/testdata/proc, and a shim
 * whose results the test sets.
 */
import type { Host, ProofKernel } from "@/wrapper/checks/machine/host.ts";
import {
  makeContext,
  type ProofContext,
} from "@/wrapper/checks/proofs/context.ts";
import type {
  ProofSubject,
  ProvenArena,
} from "@/wrapper/checks/proofs/subject.ts";
import type { FileRange } from "@ffi";
import type { AgentTrial } from "@/protocol/agent.ts";

export type Kernel = "6.18-vm" | "6.1-container" | "5.10-container";

/** Addresses of a secret and an ordinary arena in the captured smaps of 6.18-vm. */
export const SECRET_ARENA = { start: 0x7fcd3f3fe000n, bytes: 16_384 };
export const ORDINARY_ARENA = { start: 0x7fcd3f210000n, bytes: 16_384 };

const TMPFS = 0x01021994;

const ERRNO: Readonly<Record<number, string>> = {
  1: "EPERM",
  13: "EACCES",
  14: "EFAULT",
  38: "ENOSYS",
};

/** One captured text. */
export function capture(kernel: Kernel, name: string): string {
  const url = new URL(`../../testdata/proc/${kernel}/${name}`, import.meta.url);
  return Deno.readTextFileSync(url);
}

/** Files by path; anything else is not found. */
export function makeHost(files: Readonly<Record<string, string>>): Host {
  const read = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Deno.errors.NotFound(path);
    return text;
  };
  return {
    arch: "x86_64",
    readText: read,
    readPart: (path, offset, length) =>
      new TextEncoder().encode(read(path)).subarray(offset, offset + length),
    sizeOf: (path) => new TextEncoder().encode(read(path)).length,
    hasBpfLsm: () => undefined,
    readSmaps: () => read("/proc/self/smaps"),
    // deno-lint-ignore require-await
    find: async (path, range, patterns) =>
      findBytes(read(path), range, patterns),
    list: (path) =>
      Object.keys(files).filter((name) => name.startsWith(`${path}/`))
        .map((name) => name.slice(path.length + 1)),
  };
}

/** Finds like ct_file_search. A character of `text` is a byte. */
export function findBytes(
  text: string,
  { at, bytes = text.length }: FileRange,
  patterns: readonly Uint8Array[],
): (number | undefined)[] {
  return patterns.map((pattern) => {
    const place = text.slice(0, at + bytes).indexOf(
      String.fromCharCode(...pattern),
      at,
    );
    return place < 0 ? undefined : place;
  });
}

/** The files of a captured kernel. */
export function makeProcHost(
  kernel: Kernel,
  more: Readonly<Record<string, string>> = {},
): Host {
  const files: Record<string, string> = {};
  const names = {
    "/proc/self/smaps": "smaps",
    "/proc/self/status": "status",
    "/proc/self/limits": "limits",
    "/proc/cmdline": "cmdline",
  };
  for (const [path, name] of Object.entries(names)) {
    try {
      files[path] = capture(kernel, name);
    } catch {
      // Not captured for this kernel.
    }
  }
  return makeHost({ ...files, ...more });
}

/** A shim where everything is protected, except for `changes`. */
export function makeKernel(changes: Partial<ProofKernel> = {}): ProofKernel {
  return {
    release: () => capture("6.18-vm", "osrelease"),
    fileSystem: () => TMPFS,
    environment: () => new Uint8Array(),
    read: (what, length) => what instanceof Uint8Array ? length : -14,
    dumpable: () =>
      Promise.resolve({
        dumpable: 0,
        openUs: 13,
        openShut: 13,
        openControl: 0,
      }),
    seccompListener: () => Promise.resolve(0),
    trySecretMemory: () => undefined,
    scan: (patterns) =>
      Promise.resolve({
        hits: 1,
        bytes: 1 << 20,
        firstHit: 4096n,
        firstPattern: patterns.length - 1,
      }),
    wipe: (view) => void view.fill(0),
    errnoName: (errno) => ERRNO[errno] ?? `E${errno}`,
    ...changes,
  };
}

export function makeArena(
  bounds: { start: bigint; bytes: number },
  changes: Partial<ProvenArena> = {},
): ProvenArena {
  return {
    bounds: () => bounds,
    check: () => 2,
    fdIsOpen: () => false,
    ...changes,
  };
}

/** A subject with one secret arena and no agent. */
export function makeSubject(changes: Partial<ProofSubject> = {}): ProofSubject {
  const noAgent: AgentTrial = {
    failure: "no agent socket at /run/cloudtaser/agent.sock",
    unreachable: true,
    listed: false,
  };
  return {
    arenas: [makeArena(SECRET_ARENA)],
    patterns: () => [],
    control: () => new Uint8Array(32).fill(7),
    token: { origin: "none" },
    agentSocket: "/run/cloudtaser/agent.sock",
    agent: { exercise: () => Promise.resolve(noAgent) },
    ...changes,
  };
}

/** One round's context, by default on the captured 6.18 machine. */
export function makeRound(
  parts: { subject?: ProofSubject; host?: Host; kernel?: ProofKernel } = {},
): ProofContext {
  return makeContext(
    parts.subject ?? makeSubject(),
    parts.host ?? makeProcHost("6.18-vm"),
    parts.kernel ?? makeKernel(),
  );
}
