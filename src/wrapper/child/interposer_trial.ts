/**
 * A trial of the interposer: the application's loader loads it into a small
 * program, which adopts a random value. It detects what the node forbids
 * (executable memory files, secret memory, /proc) before an application starts
 * with empty secrets.
 */
import { closeFd, FfiError, Handoff, programFile } from "@ffi";
import { encodeCString } from "@/process/own_blocks.ts";
import type { Children } from "@/process/children.ts";
import { SIGKILL } from "@/base/signals.ts";
import { Timer } from "@/base/timer.ts";
import { interposerFile, NO_SECRET, preload } from "./handoff.ts";

const LIMIT_MS = 5_000;
/** Programs need it, the interposer does not. musl resolves the name to itself. */
const LIBC = "libc.so.6";
/** The three descriptors in the program. */
const [HANDOFF, FILE, PROGRAM] = [3, 4, 5];

/** Why it does not work here; undefined: it works. */
export async function tryInterposer(
  children: Children,
  loader: Uint8Array,
  interposer: Uint8Array,
): Promise<string | undefined> {
  const opened: number[] = [];
  let handoff: Handoff | undefined;
  try {
    const secret = encodeCString(`TRIAL=${crypto.randomUUID()}`);
    handoff = Handoff.pack([secret], loader);
    opened.push(handoff.fd);
    opened.push(
      interposerFile(interposer, { handoff, fd: HANDOFF, standIn: NO_SECRET }),
    );
    opened.push(programFile(interposer));
    handoff.release();
    const code = await runTrial(children, loader, opened, [
      encodeCString("TRIAL="),
      preload(FILE, encodeCString(`LD_PRELOAD=${LIBC}`)),
    ]);
    if (code === 0 && handoff.report().isAdopted) return undefined;
    return `the trial with this image's loader failed (status ${code})`;
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    return `the trial failed: ${error.call} failed with ${error.code}`;
  } finally {
    opened.forEach(closeFd);
    handoff?.close();
  }
}

async function runTrial(
  children: Children,
  loader: Uint8Array,
  fds: readonly number[],
  envp: readonly Uint8Array[],
): Promise<number> {
  const { pid, ended } = children.start({
    paths: [loader],
    argv: [loader, encodeCString(`/proc/self/fd/${PROGRAM}`)],
    envp,
    fds,
    closeOthers: true,
  });
  const timer = new Timer(LIMIT_MS, () => children.kill(pid, SIGKILL));
  try {
    return (await ended).code;
  } finally {
    timer.cancel();
  }
}
