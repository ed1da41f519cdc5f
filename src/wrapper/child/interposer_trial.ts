/**
 * A trial before an application is trusted to it: the application's own loader
 * loads the interposer into a program of ours, which takes over a random value.
 * What a node forbids (memory files that are executed, secret memory, /proc) is
 * learned here and not by an application with empty secrets.
 */
import { closeFd, FfiError, Handoff, programFile } from "@ffi";
import { encodeCString } from "@/process/own_image.ts";
import type { Children } from "@/process/children.ts";
import { SIGKILL } from "@/base/signals.ts";
import { interposerFile, NOBODY, preload } from "./handoff.ts";

const LIMIT_MS = 5_000;
/** Programs have it, the interposer does not ask for it. musl takes the name for itself. */
const LIBC = "libc.so.6";
/** How the three descriptors arrive. */
const [HANDOFF, FILE, PROGRAM] = [3, 4, 5];

/** Why it does not work here; undefined: it does. */
export async function tryInterposer(
  children: Children,
  loader: Uint8Array,
  image: Uint8Array,
): Promise<string | undefined> {
  const opened: number[] = [];
  let handoff: Handoff | undefined;
  try {
    const secret = encodeCString(`TRIAL=${crypto.randomUUID()}`);
    handoff = Handoff.pack([secret], loader);
    opened.push(handoff.fd);
    opened.push(
      interposerFile(image, { handoff, fd: HANDOFF, standIn: NOBODY }),
    );
    opened.push(programFile(image));
    handoff.release();
    const code = await runTrial(children, loader, opened, [
      encodeCString("TRIAL="),
      preload(FILE, encodeCString(`LD_PRELOAD=${LIBC}`)),
    ]);
    if (code === 0 && handoff.report().isAdopted) return undefined;
    return `a trial with this image's loader failed (status ${code})`;
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    return `a trial was not possible: ${error.call} answered ${error.code}`;
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
  const timer = setTimeout(() => children.kill(pid, SIGKILL), LIMIT_MS);
  try {
    return (await ended).code;
  } finally {
    clearTimeout(timer);
  }
}
