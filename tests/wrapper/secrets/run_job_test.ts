/** A job whose credentials go away while it waits for its fetcher. */
import assert from "node:assert/strict";
import { Arena, arenaFd, socketPair } from "@ffi";
import { Children } from "@/process/children.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import type { FromFetcher, FromWrapper } from "@/protocol/fetcher/messages.ts";
import { FetcherProcess } from "@/wrapper/secrets/fetcher_process.ts";
import { type JobOptions, runJob } from "@/wrapper/secrets/run_job.ts";

const CREDENTIAL = new TextEncoder().encode("a credential of 32 bytes........");

Deno.test("runJob: credentials whose arena closes during a wait are not read", async () => {
  const credentials = Arena.map(-1, 4096, { lock: "wanted" });
  credentials.format();
  const block = credentials.add(CREDENTIAL.length);
  credentials.block(block).set(CREDENTIAL);
  const [ours, theirs] = socketPair();
  const fetcher = new JsonChannel<FromWrapper, FromFetcher>(theirs);
  const job = runJob({ kind: "renew", token: true, leases: [] }, {
    ...OPTIONS,
    early: () => fakeProcess(ours),
    credentials: () => new Map([["token", credentials.block(block)]]),
  });
  try {
    assert.equal((await fetcher.receive(5000))?.kind, "task");
    credentials.close();
    await fetcher.send({ kind: "mapped" });
    // A view on what was there would end this process with SIGSEGV.
    await assert.rejects(job);
    assert.equal(await fetcher.receive(5000), undefined);
  } finally {
    fetcher.close();
  }
});

const OPTIONS = {
  children: new Children(() => {}, () => {}),
  settings: {} as JobOptions["settings"],
  secretmem: false,
  cancelled: undefined,
  onNote: () => {},
  onFileRead: () => {},
  limitMs: 5000,
};

/** A process that has ended, with a channel to the test. */
function fakeProcess(control: number): FetcherProcess {
  return new FetcherProcess(OPTIONS.children, {
    pid: 0,
    ended: Promise.resolve({ code: 137, signal: 9 }),
    control,
    inbox: arenaFd("ordinary"),
    outbox: arenaFd("ordinary"),
  });
}
