/**
 * The wrapper's end: starts a courier, hands it credentials through the inbox,
 * and takes what it brings through the outbox. The wrapper sees names and sizes.
 */
import { Arena, closeFd } from "@ffi";
import { InternalError, WrapperError } from "@/base/errors.ts";
import { readUptimeMs } from "@/base/uptime.ts";
import type { Children } from "@/process/children.ts";
import { explainDeadline } from "@/fetcher/vault/transport/retry.ts";
import type { FileOrigin } from "@/fetcher/vault/login/file_origin.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { WAITING } from "@/fetcher/vault/transport/wait_notes.ts";
import { type CourierProcess, startCourier } from "./fetcher_process.ts";
import type {
  CredentialName,
  Errand,
  FetchReport,
  FromCourier,
  RenewReport,
  RevokeReport,
  Task,
} from "@/protocol/fetcher/messages.ts";
import { mapShared } from "@/protocol/fetcher/shared_arena.ts";

/** What an errand needs. */
export interface ErrandOptions {
  readonly children: Children;
  readonly settings: VaultSettings;
  readonly secretmem: boolean;
  /** A courier that waits already, for the first errand. */
  readonly early?: () => CourierProcess | undefined;
  /** Ends the courier when its errand is not wanted any more. */
  readonly calledOff: AbortSignal | undefined;
  /** Views on arenas. */
  readonly credentials: ReadonlyMap<CredentialName, Uint8Array>;
  readonly onNote: (text: string) => void;
  /** Told of each file that was read, however the errand ends. */
  readonly onFileRead: (origin: FileOrigin) => void;
  /** After this the courier is ended, whatever it does: the deadline that was set. */
  readonly limitMs: number;
}

/** What an errand has brought. */
export interface ErrandResult<R> {
  readonly report: R;
  /** What the courier brought; undefined for errands that bring nothing. */
  readonly arena: Arena | undefined;
}

type ReportOf<E extends Errand> = E["kind"] extends "fetch" ? FetchReport
  : E["kind"] extends "renew" ? RenewReport
  : RevokeReport;

/**
 * Runs one errand to its end. The courier does not outlive it.
 *
 * @throws WrapperError as the courier said it, or when it died or took too long
 */
export async function runErrand<E extends Errand>(
  errand: E,
  options: ErrandOptions,
): Promise<ErrandResult<ReportOf<E>>> {
  const { calledOff } = options;
  if (calledOff?.aborted) throw new InternalError("The errand was called off");
  const process = options.early?.() ??
    startCourier(options.children, options.secretmem);
  const courier = {
    process,
    channel: process.channel,
    deadline: performance.now() + options.limitMs,
    lastNote: "",
  };
  const end = () => process.end();
  const limit = AbortSignal.timeout(options.limitMs);
  limit.addEventListener("abort", end);
  calledOff?.addEventListener("abort", end);
  try {
    const inbox = await fillInbox(courier, errand, options);
    try {
      return await converse<ReportOf<E>>(courier, options);
    } finally {
      inbox?.close();
    }
  } catch (error) {
    if (error instanceof WrapperError) throw error;
    throw limit.aborted || performance.now() >= courier.deadline
      ? explainLimit(courier, options)
      : await explain(error, courier);
  } finally {
    limit.removeEventListener("abort", end);
    calledOff?.removeEventListener("abort", end);
    process.dismiss();
  }
}

interface Courier {
  readonly process: CourierProcess;
  readonly channel: CourierProcess["channel"];
  readonly deadline: number;
  /** Why it waits, as it said last. */
  lastNote: string;
}

/** Sends the task, and the credentials once the courier has closed the inbox's descriptor. */
async function fillInbox(
  courier: Courier,
  errand: Errand,
  { credentials, settings, secretmem }: ErrandOptions,
): Promise<Arena | undefined> {
  const values = [...credentials.values()];
  const total = values.reduce((n, v) => n + v.length, 0);
  const inboxBytes = values.length > 0 ? Arena.need(values.length, total) : 0;
  const task: Task = {
    say: "task",
    errand,
    settings,
    secretmem,
    inboxBytes,
    givenAtMs: readUptimeMs(),
  };
  if (inboxBytes === 0) {
    closeFd(courier.process.takeInbox());
    await courier.channel.send(task);
    return undefined;
  }
  const inbox = mapShared(courier.process.takeInbox(), inboxBytes, secretmem);
  try {
    await courier.channel.send(task);
    await expectMapped(courier);
    inbox.format();
    for (const value of values) inbox.block(inbox.add(value.length)).set(value);
    await courier.channel.send({ say: "go", names: [...credentials.keys()] });
    return inbox;
  } catch (error) {
    inbox.close();
    throw error;
  }
}

async function converse<R>(
  courier: Courier,
  options: ErrandOptions,
): Promise<ErrandResult<R>> {
  let arena: Arena | undefined;
  try {
    for (;;) {
      const message = await next(courier);
      if (message.say === "note") {
        courier.lastNote = message.text;
        options.onNote(message.text);
      }
      if (message.say === "file") options.onFileRead(message.origin);
      if (message.say === "failed") {
        throw new WrapperError(message.message, message.exitCode);
      }
      if (message.say === "need") {
        arena = mapShared(
          courier.process.takeOutbox(),
          message.bytes,
          options.secretmem,
        );
        await courier.channel.send({ say: "ready" });
      }
      if (message.say === "done") {
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

function receiveArena(arena: Arena, { secretmem }: ErrandOptions): Arena {
  arena.check();
  return secretmem ? arena : arena.settle();
}

async function expectMapped(courier: Courier): Promise<void> {
  const message = await next(courier);
  if (message.say === "failed") {
    throw new WrapperError(message.message, message.exitCode);
  }
  if (message.say !== "mapped") {
    throw new TypeError(`the courier said ${message.say}`);
  }
}

async function next(courier: Courier): Promise<FromCourier> {
  const message = await courier.channel.receive(
    Math.max(1, courier.deadline - performance.now()),
  );
  if (message === undefined) {
    throw new RangeError("the courier closed its channel");
  }
  return message;
}

/** The courier says so itself, unless it is late or stuck: in the same words. */
function explainLimit(
  { lastNote }: Courier,
  { settings, limitMs }: ErrandOptions,
): WrapperError {
  const cause = lastNote.startsWith(WAITING)
    ? lastNote.slice(WAITING.length)
    : "no answer in time";
  return explainDeadline(`Vault at ${settings.address}`, limitMs, cause);
}

/** What the channel's end means. */
async function explain(error: unknown, courier: Courier): Promise<unknown> {
  const ending = await Promise.race([
    courier.process.ended,
    new Promise<undefined>((resolve) =>
      setTimeout(() => resolve(undefined), 1000)
    ),
  ]);
  const how = ending === undefined
    ? "broke the protocol"
    : ending.signal
    ? `was killed by signal ${ending.signal}`
    : `exited with ${ending.code}`;
  return new InternalError(`The courier ${how} before it was done`, {
    cause: error,
  });
}
