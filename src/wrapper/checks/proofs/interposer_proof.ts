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
} from "@/score/evidence.ts";
import type { ProofContext } from "./context.ts";

/** More than the kernel takes at execve with the usual stack. */
const MOST_BYTES = 6 << 20;
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
  const { name, isProven } = await searchBlock(context, pid);
  if (name !== undefined) {
    return absent(finding, `${name} stands in the application's environment`);
  }
  if (!isProven) {
    return unknown(finding, "the search did not find what was planted for it");
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

/**
 * What is found in the environment block, by its name. A copy of the control is
 * put behind it, which must be found; all of it is wiped again.
 */
async function searchBlock(
  { host, subject, kernel }: ProofContext,
  pid: number,
): Promise<{ name?: string; isProven: boolean }> {
  const patterns = subject.patterns();
  const control = patterns.at(-1) ?? new Uint8Array();
  const read = host.readPart(`/proc/${pid}/environ`, 0, MOST_BYTES);
  const block = new Uint8Array(read.length + control.length);
  block.set(read);
  block.set(control, read.length);
  try {
    for (const pattern of patterns.slice(0, -1)) {
      if (!holds(block, pattern) || await subject.isKnown?.(pattern)) continue;
      return { name: subject.nameOf?.(pattern) ?? "a secret", isProven: true };
    }
    // Programs overwrite their block with a title; an empty one is a process in execve.
    const isProven = read.length > 0 && control.length > 0 &&
      holds(block, control);
    return { isProven };
  } finally {
    kernel.wipe(read);
    kernel.wipe(block);
  }
}

function holds(block: Uint8Array, pattern: Uint8Array): boolean {
  const first = pattern[0] ?? 0;
  const last = block.length - pattern.length;
  for (
    let at = block.indexOf(first);
    at >= 0 && at <= last;
    at = block.indexOf(first, at + 1)
  ) if (pattern.every((byte, i) => block[at + i] === byte)) return true;
  return false;
}
