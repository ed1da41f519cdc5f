/**
 * Asks wrappers how they stand, many at a time. One that is slow, silent or
 * hostile costs its own answer and nothing else.
 */
import { describeRefusal, proxyPath } from "@/fleet/kubernetes/api.ts";
import { safeText } from "@/fleet/command/clean.ts";
import type { Subject } from "@/fleet/kubernetes/pod.ts";
import type { Progress } from "@/fleet/command/progress.ts";
import {
  MOST_PARALLEL,
  PARALLEL,
  type Session,
} from "@/fleet/kubernetes/session.ts";
import { ShapeError } from "@/fleet/kubernetes/shape.ts";
import { parseStatus, type WrapperStatus } from "./status_shape.ts";
import { reasonOf, type Reply } from "@/fleet/kubernetes/transport.ts";

/** What one wrapper said, or why it said nothing. */
export interface Finding {
  readonly subject: Subject;
  readonly status?: WrapperStatus;
  readonly silence?: string;
}

/** A status is 6 KiB. */
export const STATUS_BYTES = 256 * 1024;
const STATUS_MS = 5000;
/** Whoever has not answered by then is slow, or will not. */
const RELIEF_MS = 1000;

/** Fewer are asked in a blink. */
const MANY = 20;

/** Asks all of them; in their order. Ends early when `signal` says so. */
export async function askAll(
  session: Session,
  subjects: readonly Subject[],
  { signal, progress }: {
    readonly signal: AbortSignal;
    readonly progress: Progress;
  },
): Promise<Finding[]> {
  const findings = new Array<Finding>(subjects.length);
  const all = subjects.length;
  let done = 0;
  await shareOut(subjects.entries(), async ([index, subject], relieve) => {
    signal.throwIfAborted();
    const patience = { signal, relieve };
    findings[index] = await askOne(session, subject, patience);
    done++;
    if (all >= MANY) progress(`${done} of ${all} wrappers asked`);
  });
  return findings;
}

/**
 * Many hands take from one queue. Where one is held up by silence, which costs
 * nobody anything, it calls `relieve` and another is hired, up to a limit.
 */
async function shareOut<T>(
  queue: IterableIterator<T>,
  work: (item: T, relieve: () => void) => Promise<void>,
): Promise<void> {
  const hands: Promise<void>[] = [];
  const failures: unknown[] = [];
  const hire = () => {
    if (hands.length >= MOST_PARALLEL) return;
    // Kept, not thrown: nobody waits for this one yet.
    hands.push(labour().catch((error) => void failures.push(error)));
  };
  const labour = async () => {
    for (const item of queue) await work(item, hire);
  };
  for (let i = 0; i < PARALLEL; i++) hire();
  // The list may grow meanwhile, and this sees it.
  for (const hand of hands) await hand;
  if (failures.length > 0) throw failures[0];
}

/** How long one waits. */
interface Patience {
  readonly signal: AbortSignal;
  /** To be called when one is kept waiting. */
  readonly relieve: () => void;
}

async function askOne(
  session: Session,
  subject: Subject,
  patience: Patience,
): Promise<Finding> {
  const { port, silence } = subject;
  if (silence !== undefined || port === undefined) {
    return { subject, silence: silence ?? "no port is known" };
  }
  try {
    const path = proxyPath(subject, port);
    const reply = await getPatiently(session, path, patience);
    return judge(subject, reply);
  } catch (error) {
    patience.signal.throwIfAborted();
    return { subject, silence: safeText(reasonOf(error)) };
  }
}

async function getPatiently(
  session: Session,
  path: string,
  { signal, relieve }: Patience,
): Promise<Reply> {
  const limits = { limitBytes: STATUS_BYTES, limitMs: STATUS_MS, signal };
  const timer = setTimeout(relieve, RELIEF_MS);
  try {
    return await session.get(path, limits);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a reply of whoever answered on the wrapper's port. */
export function judge(subject: Subject, reply: Reply): Finding {
  if (reply.status !== 200) {
    return { subject, silence: describeRefusal(reply) };
  }
  try {
    const status = parseStatus(reply.text);
    const other = subject.onNode && status.pod !== null &&
      status.pod !== subject.pod && status.pod !== subject.node;
    return other
      ? {
        subject,
        silence:
          `${status.pod} answered on its port: set POD_NAME in pods of the host network`,
      }
      : { subject, status, ...silenceOf(status) };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return { subject, silence: `no status of a wrapper: ${error.message}` };
  }
}

/** It answered, but there is no score to tell. */
function silenceOf(status: WrapperStatus): { silence?: string } {
  if (status.score !== null) return {};
  return {
    silence: status.sealed
      ? "sealed: it waits for a token"
      : "no score yet: its first proofs are not done",
  };
}
