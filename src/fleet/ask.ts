/**
 * Asks wrappers how they stand, many at a time. One that is slow, silent or
 * hostile costs its own answer and nothing else.
 */
import { describeRefusal, proxyPath } from "./api.ts";
import { safeText } from "./clean.ts";
import type { Subject } from "./pod.ts";
import { PARALLEL, type Session } from "./session.ts";
import { ShapeError } from "./shape.ts";
import { parseStatus, type WrapperStatus } from "./status_shape.ts";
import { reasonOf, type Reply } from "./transport.ts";

/** What one wrapper said, or why it said nothing. */
export interface Finding {
  readonly subject: Subject;
  readonly status?: WrapperStatus;
  readonly silence?: string;
}

/** A status is 6 KiB. */
export const STATUS_BYTES = 256 * 1024;
const STATUS_MS = 5000;
/** A server that is busy is asked again, once it says when. */
const TRIES = 3;
const BUSY = 429;
const LONGEST_PAUSE_S = 5;

/** Told after each answer. */
export type Progress = (done: number, all: number) => void;

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
  const queue = subjects.entries();
  let done = 0;
  const labour = async () => {
    for (const [index, subject] of queue) {
      signal.throwIfAborted();
      findings[index] = await askOne(session, subject, signal);
      progress(++done, subjects.length);
    }
  };
  const hands = Math.min(PARALLEL, subjects.length);
  await Promise.all(Array.from({ length: hands }, labour));
  return findings;
}

async function askOne(
  session: Session,
  subject: Subject,
  signal: AbortSignal,
): Promise<Finding> {
  const { port, silence } = subject;
  if (silence !== undefined || port === undefined) {
    return { subject, silence: silence ?? "no port is known" };
  }
  try {
    const reply = await getPatiently(session, subject, signal);
    return judge(subject, reply);
  } catch (error) {
    signal.throwIfAborted();
    return { subject, silence: safeText(reasonOf(error)) };
  }
}

async function getPatiently(
  session: Session,
  subject: Subject,
  signal: AbortSignal,
): Promise<Reply> {
  const path = proxyPath(subject, subject.port ?? 0);
  for (let left = TRIES;; left--) {
    const reply = await session.get(path, {
      limitBytes: STATUS_BYTES,
      limitMs: STATUS_MS,
      signal,
    });
    if (reply.status !== BUSY || left <= 1) return reply;
    const pause = Math.min(reply.retryAfter ?? 1, LONGEST_PAUSE_S);
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    signal.throwIfAborted();
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
      ? { subject, silence: `${status.pod} answered on its port` }
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
