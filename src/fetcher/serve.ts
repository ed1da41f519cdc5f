/**
 * The fetcher process: hardens itself, does one job for the wrapper, and exits.
 * Tokens and secrets are ordinary strings here, because the kernel reclaims the
 * process's memory.
 */
import { harden } from "@ffi";
import {
  EXIT,
  kindOf,
  TokenRefusedError,
  WrapperError,
} from "@/base/errors.ts";
import { readUptimeMs } from "@/base/uptime.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { loadScript } from "@/process/script.ts";
import type { Credentials } from "@/protocol/fetcher/vault_settings.ts";
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import { onFileRead } from "@/fetcher/vault/files/file_origin.ts";
import { renew, revoke } from "@/fetcher/vault/lease.ts";
import type { Value } from "@/fetcher/vault/secrets/values.ts";
import {
  type FetchResult,
  measureOutbox,
  type OutboxIndex,
  writeOutbox,
} from "./outbox.ts";
import {
  CONTROL_FD,
  type FetchReport,
  type FromFetcher,
  type FromWrapper,
  INBOX_FD,
  type Job,
  OUTBOX_FD,
  type Task,
} from "@/protocol/fetcher/messages.ts";
import { mapShared } from "@/protocol/fetcher/shared_arena.ts";

type Channel = JsonChannel<FromWrapper, FromFetcher>;

/** The wrapper responds at once, or has ended. */
const WRAPPER_LIMIT_MS = 30_000;

/** Does the job that the wrapper sends on descriptor 3. @returns the exit code */
export async function serveJob(): Promise<number> {
  harden({ noDump: true, noNewPrivileges: true });
  const channel: Channel = new JsonChannel(CONTROL_FD);
  // Reports of files are sent in the background; the last message waits for them.
  const reports: Promise<void>[] = [];
  onFileRead((origin) => {
    const sent = channel.send({ kind: "file", origin });
    sent.catch(() => {});
    reports.push(sent);
  });
  try {
    const done = await doTask(channel);
    await Promise.all(reports);
    await channel.send(done);
    return 0;
  } catch (error) {
    await Promise.allSettled(reports);
    await channel.send(describe(error)).catch(() => {});
    return EXIT.internal;
  }
}

async function doTask(channel: Channel): Promise<FromFetcher> {
  const task = await expect(channel, "task");
  const credentials = task.inboxBytes > 0 ? await openInbox(channel, task) : {};
  return { kind: "done", report: await doJob(channel, task, credentials) };
}

function doJob(channel: Channel, task: Task, credentials: Credentials) {
  const { job, settings } = task;
  const lateMs = howLate(task);
  switch (job.kind) {
    case "fetch":
      return fetchInto(channel, task, job, credentials);
    case "renew":
      return renew(
        settings,
        credentials.token ?? "",
        { token: job.token, leases: [...job.leases] },
        lateMs,
      );
    case "revoke":
      return revoke(
        settings,
        credentials.token ?? "",
        { token: job.token, leases: [...job.leases] },
        job.limitMs,
        lateMs,
      );
  }
}

/** Time since the wrapper sent the task, from which its deadline counts. */
function howLate({ givenAtMs }: Task): number {
  const now = readUptimeMs();
  return now === undefined || givenAtMs === undefined ? 0 : now - givenAtMs;
}

async function openInbox(channel: Channel, task: Task): Promise<Credentials> {
  using inbox = mapShared(INBOX_FD, task.inboxBytes, task.secretmem);
  await channel.send({ kind: "mapped" });
  const { names } = await expect(channel, "go");
  const read = (block: number) => new TextDecoder().decode(inbox.block(block));
  return Object.fromEntries(names.map((name, block) => [name, read(block)]));
}

async function fetchInto(
  channel: Channel,
  task: Task,
  job: Extract<Job, { kind: "fetch" }>,
  credentials: Credentials,
): Promise<FetchReport> {
  const note = (text: string) =>
    void channel.send({ kind: "note", text }).catch(() => {});
  const { settings } = task;
  const fetched = await fetchSecrets(settings, job.plan, credentials, {
    onNote: note,
    lateMs: howLate(task),
    loadTemplates: () => loadScript("templates"),
  });
  const token = fetched.token ?? credentials.token ?? "";
  const values = [
    ...fetched.values,
    ...job.tokenNames.map((name) => makeTokenValue(name, token)),
  ];
  const started = performance.now();
  const { secretId } = fetched;
  const result = { token: fetched.token, secretId, values };
  const filled = await fillOutbox(channel, task, result);
  const millis = { ...fetched.millis, transfer: performance.now() - started };
  return {
    ...filled,
    tokenInfo: fetched.tokenInfo,
    leases: fetched.leases,
    millis,
  };
}

/** The token as a variable of the application (VAULT_TOKEN=vault:login). */
function makeTokenValue(name: string, token: string): Value {
  const bytes = new TextEncoder().encode(token);
  const secretRanges = [{ start: 0, length: bytes.length }];
  return { name, bytes, secretRanges };
}

async function fillOutbox(
  channel: Channel,
  task: Task,
  result: FetchResult,
): Promise<OutboxIndex> {
  const bytes = measureOutbox(result);
  await channel.send({ kind: "need", bytes });
  await expect(channel, "ready");
  const outbox = mapShared(OUTBOX_FD, bytes, task.secretmem);
  outbox.format();
  const index = writeOutbox(outbox, result);
  // The wrapper owns it from here on: unmap without wiping.
  outbox.detach();
  return index;
}

async function expect<S extends FromWrapper["kind"]>(
  channel: Channel,
  kind: S,
): Promise<Extract<FromWrapper, { kind: S }>> {
  const message = await channel.receive(WRAPPER_LIMIT_MS);
  if (message?.kind === kind) {
    return message as Extract<FromWrapper, { kind: S }>;
  }
  throw new TypeError(
    `the wrapper sent ${message?.kind ?? "nothing"} instead of ${kind}`,
  );
}

function describe(error: unknown): FromFetcher {
  if (error instanceof WrapperError) {
    const { message, exitCode } = error;
    const isTokenRefused = error instanceof TokenRefusedError;
    return { kind: "failed", message, exitCode, isTokenRefused };
  }
  // The message of an unexpected error may quote a secret: send its kind only.
  return {
    kind: "failed",
    message: `The fetcher failed: ${kindOf(error)}`,
    exitCode: EXIT.internal,
    isTokenRefused: false,
  };
}
