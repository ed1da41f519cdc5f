/**
 * The wrapper's side of a job: starts a fetcher, passes credentials in the inbox,
 * and receives secrets in the outbox. Messages carry names and sizes only.
 */
import { Arena, closeFd } from "@ffi";
import {
  InternalError,
  TokenRefusedError,
  WrapperError,
} from "@/base/errors.ts";
import { readUptimeMs } from "@/base/uptime.ts";
import { within } from "@/base/timer.ts";
import type { Children } from "@/process/children.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { explainDeadline, WAITING } from "@/protocol/fetcher/waiting.ts";
import { type FetcherProcess, startFetcher } from "./fetcher_process.ts";
import type {
  CredentialName,
  FetchReport,
  FileOrigin,
  FromFetcher,
  Job,
  RenewReport,
  RevokeReport,
  Task,
} from "@/protocol/fetcher/messages.ts";
import { mapShared } from "@/protocol/fetcher/shared_arena.ts";

/**
 * Returns views on arenas. Call it right before each use, and never keep a view
 * during an `await`: a stop signal or a rotation closes arenas meanwhile.
 *
 * @throws FfiError EBADF: the arena is closed
 */
export type ReadCredentials = () => ReadonlyMap<CredentialName, Uint8Array>;

/** What a job needs. */
export interface JobOptions {
  readonly children: Children;
  readonly settings: VaultSettings;
  readonly secretmem: boolean;
  /** Returns a fetcher that already waits, for the first job. */
  readonly early?: () => FetcherProcess | undefined;
  /** Ends the fetcher. */
  readonly cancelled: AbortSignal | undefined;
  readonly credentials: ReadCredentials;
  readonly onNote: (text: string) => void;
  /** Called for each file that the fetcher reads, even when the job fails. */
  readonly onFileRead: (origin: FileOrigin) => void;
  /** The fetcher is killed after this time: the deadline. */
  readonly limitMs: number;
}

/** The result of a job. */
export interface JobResult<R> {
  readonly report: R;
  /** The secrets; undefined for jobs that return none. */
  readonly arena: Arena | undefined;
}

type ReportOf<E extends Job> = E["kind"] extends "fetch" ? FetchReport
  : E["kind"] extends "renew" ? RenewReport
  : RevokeReport;

/**
 * Runs one job to its end. The fetcher does not outlive it.
 *
 * @throws WrapperError as the fetcher reports it, or when it died or took too long
 */
export async function runJob<E extends Job>(
  job: E,
  options: JobOptions,
): Promise<JobResult<ReportOf<E>>> {
  const { cancelled } = options;
  if (cancelled?.aborted) throw new InternalError("The job was cancelled");
  const process = options.early?.() ??
    startFetcher(options.children, options.secretmem);
  const fetcher = {
    process,
    channel: process.channel,
    deadline: performance.now() + options.limitMs,
    lastNote: "",
  };
  const end = () => process.end();
  const limit = AbortSignal.timeout(options.limitMs);
  limit.addEventListener("abort", end);
  cancelled?.addEventListener("abort", end);
  try {
    const inbox = await fillInbox(fetcher, job, options);
    try {
      return await converse<ReportOf<E>>(fetcher, options);
    } finally {
      inbox?.close();
    }
  } catch (error) {
    if (error instanceof WrapperError) throw error;
    throw limit.aborted || performance.now() >= fetcher.deadline
      ? explainLimit(fetcher, options)
      : await explain(error, fetcher);
  } finally {
    limit.removeEventListener("abort", end);
    cancelled?.removeEventListener("abort", end);
    process.dismiss();
  }
}

interface Fetcher {
  readonly process: FetcherProcess;
  readonly channel: FetcherProcess["channel"];
  readonly deadline: number;
  /** The last reason for waiting. */
  lastNote: string;
}

/**
 * Sends the task, and the credentials after the fetcher has closed the inbox's
 * descriptor.
 *
 * @returns the inbox, which the caller wipes; undefined: nothing to wipe
 */
async function fillInbox(
  fetcher: Fetcher,
  job: Job,
  { credentials, settings, secretmem }: JobOptions,
): Promise<Arena | undefined> {
  const inboxBytes = needOf(credentials());
  const task: Task = {
    kind: "task",
    job,
    settings,
    secretmem,
    inboxBytes,
    givenAtMs: readUptimeMs(),
  };
  if (inboxBytes === 0) {
    closeFd(fetcher.process.takeInbox());
    await fetcher.channel.send(task);
    return undefined;
  }
  const inbox = mapShared(fetcher.process.takeInbox(), inboxBytes, secretmem);
  try {
    await fetcher.channel.send(task);
    await expectMapped(fetcher);
    inbox.format();
    const given = credentials();
    for (const value of given.values()) {
      inbox.block(inbox.add(value.length)).set(value);
    }
    await fetcher.channel.send({ kind: "go", names: [...given.keys()] });
    if (!secretmem) return inbox;
    // Unmapped, it leaves its room under RLIMIT_MEMLOCK to the outbox. The kernel
    // clears the secret memory itself when the fetcher ends.
    inbox.detach();
    return undefined;
  } catch (error) {
    inbox.close();
    throw error;
  }
}

/** Size of an inbox; 0 when nothing is passed. */
function needOf(credentials: ReturnType<ReadCredentials>): number {
  const total = [...credentials.values()].reduce((n, v) => n + v.length, 0);
  return credentials.size > 0 ? Arena.need(credentials.size, total) : 0;
}

async function converse<R>(
  fetcher: Fetcher,
  options: JobOptions,
): Promise<JobResult<R>> {
  let arena: Arena | undefined;
  try {
    for (;;) {
      const message = await next(fetcher);
      if (message.kind === "note") {
        fetcher.lastNote = message.text;
        options.onNote(message.text);
      }
      if (message.kind === "file") options.onFileRead(message.origin);
      if (message.kind === "failed") {
        throw makeError(message);
      }
      if (message.kind === "need") {
        arena = mapShared(
          fetcher.process.takeOutbox(),
          message.bytes,
          options.secretmem,
        );
        await fetcher.channel.send({ kind: "ready" });
      }
      if (message.kind === "done") {
        return {
          report: message.report as R,
          arena: arena && receiveArena(arena, options),
        };
      }
    }
  } catch (error) {
    arena?.close();
    throw error;
  }
}

function receiveArena(arena: Arena, { secretmem }: JobOptions): Arena {
  arena.check();
  return secretmem ? arena : arena.makePrivate();
}

async function expectMapped(fetcher: Fetcher): Promise<void> {
  const message = await next(fetcher);
  if (message.kind === "failed") {
    throw makeError(message);
  }
  if (message.kind !== "mapped") {
    throw new TypeError(`the fetcher sent ${message.kind}`);
  }
}

function makeError(
  { message, exitCode, isTokenRefused }: Extract<
    FromFetcher,
    { kind: "failed" }
  >,
): WrapperError {
  return isTokenRefused
    ? new TokenRefusedError(message)
    : new WrapperError(message, exitCode);
}

async function next(fetcher: Fetcher): Promise<FromFetcher> {
  const message = await fetcher.channel.receive(
    Math.max(1, fetcher.deadline - performance.now()),
  );
  if (message === undefined) {
    throw new RangeError("the fetcher closed its channel");
  }
  return message;
}

/** The same message as the fetcher's own, for one that is late or stuck. */
function explainLimit(
  { lastNote }: Fetcher,
  { settings, limitMs }: JobOptions,
): WrapperError {
  const cause = lastNote.startsWith(WAITING)
    ? lastNote.slice(WAITING.length)
    : "no response in time";
  return explainDeadline(`Vault at ${settings.address}`, limitMs, cause);
}

/** Explains a closed channel by the fetcher's end. */
async function explain(error: unknown, fetcher: Fetcher): Promise<unknown> {
  const ending = await within(1000, fetcher.process.ended);
  const how = ending === undefined
    ? "broke the protocol"
    : ending.signal
    ? `was killed by signal ${ending.signal}`
    : `exited with ${ending.code}`;
  return new InternalError(`The fetcher ${how} before it finished`, {
    cause: error,
  });
}
