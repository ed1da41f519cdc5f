/**
 * Proof that the application received no copy of its secrets outside secret memory:
 * the interposer reports how many it adopted, the environment block from execve
 * contains no secret, and the application maps secret memory.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import { containsBytes } from "@/base/bytes.ts";
import type { ProofContext } from "./context.ts";

/** More than execve accepts with the default stack limit. */
const MAX_BYTES = 6 << 20;
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
  if (!state) return absent(finding, "no application was started");
  if (state.kind === "absent") return absent(finding, state.reason);
  const { pid, expected, adopted, lost } = state;
  if (lost) {
    return absent(
      finding,
      `lost when the application executed another program: ${lost}`,
    );
  }
  if (adopted !== expected) {
    return absent(
      finding,
      `${adopted} of ${expected} secrets passed in secret memory`,
    );
  }
  try {
    return await lookInside(context, finding, pid, adopted);
  } catch (error) {
    const name = error instanceof Error ? error.name : "error";
    return unknown(
      finding,
      `cannot inspect the application (pid ${pid}): ${name}`,
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
    return absent(finding, `${name} is in the application's environment`);
  }
  if (!isProven) {
    return unknown(
      finding,
      "the search did not find the planted control value",
    );
  }
  const maps = host.readText(`/proc/${pid}/maps`);
  if (!SECRETMEM.test(maps)) {
    return absent(finding, "the application has no secret memory");
  }
  const secrets = adopted === 1 ? "1 secret" : `${adopted} secrets`;
  return inForce(
    finding,
    `Application (pid ${pid}) reads ${secrets} from memfd_secret, none in its environment block`,
  );
}

/**
 * Name of a pattern that is in the environment block. A copy of the control value is
 * appended to the block and must be found. All copies are wiped.
 */
async function searchBlock(
  { host, subject, kernel }: ProofContext,
  pid: number,
): Promise<{ name?: string; isProven: boolean }> {
  const control = subject.control();
  const read = host.readPart(`/proc/${pid}/environ`, 0, MAX_BYTES);
  const block = new Uint8Array(read.length + control.length);
  block.set(read);
  block.set(control, read.length);
  try {
    for (const pattern of subject.patterns()) {
      if (!containsBytes(block, pattern.bytes)) continue;
      if (await subject.isPublic?.(pattern)) continue;
      return { name: pattern.name, isProven: true };
    }
    // Some programs overwrite their block with a title. An empty block is a process in execve.
    return { isProven: read.length > 0 && containsBytes(block, control) };
  } finally {
    kernel.wipe(read);
    kernel.wipe(block);
  }
}
