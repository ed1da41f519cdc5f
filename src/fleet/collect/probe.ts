/**
 * Requests the status of many wrappers at a time. A slow or hostile wrapper
 * affects its own result only.
 */
import { type Controls, describeRefusal } from "@/fleet/kubernetes/pages.ts";
import { proxyPath } from "@/fleet/kubernetes/api.ts";
import { safeText } from "@/base/text.ts";
import type { Target } from "@/fleet/kubernetes/pod.ts";
import {
  MOST_PARALLEL,
  PARALLEL,
  type Session,
} from "@/fleet/kubernetes/session.ts";
import { SchemaError } from "@/fleet/kubernetes/schema.ts";
import { parseStatus } from "./status_schema.ts";
import type { WrapperStatus } from "@/protocol/status.ts";
import { reasonOf, type Reply } from "@/fleet/kubernetes/transport.ts";

/** The result for one wrapper. */
export interface Probe {
  readonly target: Target;
  readonly status?: WrapperStatus;
  /** Why there is no score. */
  readonly error?: string;
}

/** Limit of a response; a status takes 6 KiB. */
export const STATUS_BYTES = 256 * 1024;
const STATUS_MS = 5000;
/** After this time, a waiting worker no longer counts as one. */
const SLOW_MS = 1000;
/** With fewer targets there is no progress to report. */
const MANY = 20;

/** Probes all targets. The results have their order. @throws the signal's reason */
export async function probeAll(
  session: Session,
  targets: readonly Target[],
  { signal, progress }: Controls,
): Promise<Probe[]> {
  const probes = new Array<Probe>(targets.length);
  let done = 0;
  await runWorkers(targets.entries(), async ([index, target], onSlow) => {
    signal.throwIfAborted();
    probes[index] = await probeOne(session, target, { signal, onSlow });
    done++;
    if (targets.length >= MANY) {
      progress(`${done} of ${targets.length} wrappers queried`);
    }
  });
  return probes;
}

/**
 * Runs `work` for each item with PARALLEL workers. `onSlow` starts one more,
 * up to MOST_PARALLEL: waiting for a silent pod needs no resources.
 */
async function runWorkers<T>(
  items: IterableIterator<T>,
  work: (item: T, onSlow: () => void) => Promise<void>,
): Promise<void> {
  const workers: Promise<void>[] = [];
  const failures: unknown[] = [];
  const startWorker = () => {
    if (workers.length >= MOST_PARALLEL) return;
    // Nothing awaits this promise yet, so it must not reject.
    workers.push(runWorker().catch((error) => void failures.push(error)));
  };
  const runWorker = async () => {
    for (const item of items) await work(item, startWorker);
  };
  for (let i = 0; i < PARALLEL; i++) startWorker();
  // This loop includes workers that start while it runs.
  for (const worker of workers) await worker;
  if (failures.length > 0) throw failures[0];
}

interface WorkerControls {
  readonly signal: AbortSignal;
  readonly onSlow: () => void;
}

async function probeOne(
  session: Session,
  target: Target,
  controls: WorkerControls,
): Promise<Probe> {
  const { port, error } = target;
  if (error !== undefined || port === undefined) {
    return { target, error: error ?? "its port is unknown" };
  }
  try {
    const path = proxyPath(target, port);
    return judge(target, await request(session, path, controls));
  } catch (cause) {
    controls.signal.throwIfAborted();
    return { target, error: safeText(reasonOf(cause)) };
  }
}

async function request(
  session: Session,
  path: string,
  { signal, onSlow }: WorkerControls,
): Promise<Reply> {
  const limits = { limitBytes: STATUS_BYTES, limitMs: STATUS_MS, signal };
  const timer = setTimeout(onSlow, SLOW_MS);
  try {
    return await session.get(path, limits);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the response from the wrapper's port, which another process may have sent. */
export function judge(target: Target, reply: Reply): Probe {
  if (reply.status !== 200) return { target, error: describeRefusal(reply) };
  try {
    const status = parseStatus(reply.text);
    const isOther = target.onNode && status.pod !== null &&
      status.pod !== target.pod && status.pod !== target.node;
    if (!isOther) return { target, status, ...explainMissingScore(status) };
    const error =
      `${status.pod} responded on its port: set POD_NAME in pods with hostNetwork`;
    return { target, error };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { target, error: `not a wrapper's status: ${error.message}` };
  }
}

function explainMissingScore(status: WrapperStatus): { error?: string } {
  if (status.score !== null) return {};
  return {
    error: status.sealed
      ? "sealed: it waits for an unseal token"
      : "no score yet: the first proofs are not done",
  };
}
