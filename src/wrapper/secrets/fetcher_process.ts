/**
 * A fetcher process, seen from the wrapper: its socket, and the two files that
 * become arenas. Started here, or by the stub before the runtime
 * (tools/base/fetcher.h).
 */
import { arenaFd, closeFd, socketPair } from "@ffi";
import { encodeCString } from "@/process/own_blocks.ts";
import type { Children, Ending } from "@/process/children.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { SIGKILL } from "@/base/signals.ts";
import type { FromFetcher, FromWrapper } from "@/protocol/fetcher/messages.ts";

const EXECUTABLE = encodeCString("/proc/self/exe");
const ARGV = ["cloudtaser-wrapper", "cloudtaser-fetcher"].map(encodeCString);

interface Handles {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  readonly control: number;
  readonly inbox: number;
  readonly outbox: number;
}

/** One fetcher: its channel, its end, and two descriptors. */
export class FetcherProcess {
  readonly channel: JsonChannel<FromFetcher, FromWrapper>;
  readonly ended: Promise<Ending>;
  readonly #children: Children;
  readonly #pid: number;
  #inbox: number;
  #outbox: number;

  constructor(children: Children, handles: Handles) {
    this.#children = children;
    this.#pid = handles.pid;
    this.ended = handles.ended;
    this.channel = new JsonChannel(handles.control);
    this.#inbox = handles.inbox;
    this.#outbox = handles.outbox;
  }

  /** Returns the descriptor once; the caller closes it. */
  takeInbox(): number {
    const fd = this.#inbox;
    this.#inbox = -1;
    return fd;
  }

  /** Returns the descriptor once; the caller closes it. */
  takeOutbox(): number {
    const fd = this.#outbox;
    this.#outbox = -1;
    return fd;
  }

  /** Kills it and closes all descriptors, without waiting for its end. */
  dismiss(): void {
    this.channel.close();
    for (const fd of [this.takeInbox(), this.takeOutbox()]) {
      if (fd >= 0) closeFd(fd);
    }
    this.end();
  }

  /** Kills it; its channel then reports the end. */
  end(): void {
    this.#children.kill(this.#pid, SIGKILL);
  }
}

/** Starts a fetcher. @throws FfiError when no process can be created */
export function startFetcher(
  children: Children,
  secretmem: boolean,
): FetcherProcess {
  const [control, theirs] = socketPair();
  const kind = secretmem ? "secretmem" : "ordinary";
  const [inbox, outbox] = [arenaFd(kind), arenaFd(kind)];
  const { pid, ended } = children.start({
    paths: [EXECUTABLE],
    argv: ARGV,
    envp: [],
    fds: [theirs, inbox, outbox],
    dieWithUs: true,
    closeOthers: true,
  });
  closeFd(theirs);
  return new FetcherProcess(children, { pid, ended, control, inbox, outbox });
}

/** The fetcher that the stub started, if it is alive; kills it when it is not usable. */
export function claimEarlyFetcher(
  children: Children,
  isUsable: boolean,
): FetcherProcess | undefined {
  const early = findEarlyFetcher(children);
  if (isUsable) return early;
  early?.dismiss();
  return undefined;
}

function findEarlyFetcher(children: Children): FetcherProcess | undefined {
  const numbers = Deno.env.get("CT_FETCHER")?.split(",").map(Number);
  if (!numbers) return undefined;
  const [pid = 0, control = -1, inbox = -1, outbox = -1] = numbers;
  const ended = children.adopt(pid);
  if (ended) {
    return new FetcherProcess(children, { pid, ended, control, inbox, outbox });
  }
  for (const fd of [control, inbox, outbox]) closeFd(fd);
  return undefined;
}
