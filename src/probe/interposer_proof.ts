/**
 * Proof that the application has no copy of its secrets that we gave it: the
 * interposer says what it took over, the environment block that the kernel keeps
 * holds no value, and secret memory is mapped there.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/evidence/mod.ts";
import type { ProofContext } from "./context.ts";

/** More than the kernel takes at execve with the usual stack. */
const MOST_BYTES = 6 << 20;
/** Stands in the block of every process that took secrets over. */
const NOTE = new TextEncoder().encode("CLOUDTASER_HANDOVER=");
const SECRETMEM = /\/secretmem( \(deleted\))?$/m;

/** Report, environment block, mappings, in this order. */
export async function proveInterposer(
  context: ProofContext,
): Promise<Evidence> {
  const finding: Finding = {
    check: "ld_preload_active",
    source: "the interposer's report, /proc/PID/environ, /proc/PID/maps",
  };
  const state = context.subject.interposition?.();
  if (!state) return absent(finding, "no application is started");
  if (state.kind === "absent") return absent(finding, state.reason);
  const { pid, expected, adopted, lost } = state;
  if (lost) {
    return absent(finding, `lost when the application executed: ${lost}`);
  }
  if (adopted !== expected) {
    return absent(finding, `${adopted} of ${expected} secrets taken over`);
  }
  try {
    return await lookInside(context, finding, pid, adopted);
  } catch (error) {
    const name = error instanceof Error ? error.name : "error";
    return unknown(
      finding,
      `the application (pid ${pid}) cannot be looked at: ${name}`,
    );
  }
}

async function lookInside(
  context: ProofContext,
  finding: Finding,
  pid: number,
  adopted: number,
): Promise<Evidence> {
  const { host } = context;
  const name = await searchBlock(context, pid);
  if (name !== undefined) {
    return absent(finding, `${name} stands in the application's environment`);
  }
  const maps = host.readText(`/proc/${pid}/maps`);
  if (!SECRETMEM.test(maps)) {
    return absent(finding, "the application has no secret memory");
  }
  const secrets = adopted === 1 ? "1 secret" : `${adopted} secrets`;
  return inForce(
    finding,
    `Application (pid ${pid}) reads ${secrets} in memfd_secret, none in its environment block`,
  );
}

/** What is found in the environment block, by its name. A value that is found is wiped again here. */
async function searchBlock(
  { host, subject, kernel }: ProofContext,
  pid: number,
): Promise<string | undefined> {
  const block = host.readPart(`/proc/${pid}/environ`, 0, MOST_BYTES);
  try {
    for (const needle of subject.needles()) {
      if (!holds(block, needle) || await subject.isKnown?.(needle)) continue;
      return subject.nameOf?.(needle) ?? "a secret";
    }
    // The control: this is the block of a process that was handed something.
    return holds(block, NOTE) ? undefined : "something else than expected";
  } finally {
    kernel.wipe(block);
  }
}

function holds(block: Uint8Array, needle: Uint8Array): boolean {
  const first = needle[0] ?? 0;
  const last = block.length - needle.length;
  for (
    let at = block.indexOf(first);
    at >= 0 && at <= last;
    at = block.indexOf(first, at + 1)
  ) if (needle.every((byte, i) => block[at + i] === byte)) return true;
  return false;
}
