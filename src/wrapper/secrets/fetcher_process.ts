/**
 * A fetcher as a process, seen from the wrapper: its socket, and the two files
 * that become arenas. Either started here, or by the entry stub before there was
 * anything else (tools/base/fetcher.h).
 */
import { arenaFd, closeFd, socketPair } from "@ffi";
import { encodeCString } from "@/process/own_image.ts";
import type { Children, Ending } from "@/process/children.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { SIGKILL } from "@/base/signals.ts";
import type { FromFetcher, FromWrapper } from "@/protocol/fetcher/messages.ts";

const EXECUTABLE = encodeCString("/proc/self/exe");
const ARGV = ["cloudtaser-wrapper", "fetcher"].map(encodeCString);

interface Parts {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  readonly control: number;
  readonly inbox: number;
  readonly outbox: number;
}

/** One fetcher: its channel, its end, and two descriptors to be taken. */
export class FetcherProcess {
  readonly channel: JsonChannel<FromFetcher, FromWrapper>;
  readonly ended: Promise<Ending>;
  readonly #children: Children;
  readonly #pid: number;
  #inbox: number;
  #outbox: number;

  constructor(children: Children, parts: Parts) {
    this.#children = children;
    this.#pid = parts.pid;
    this.ended = parts.ended;
    this.channel = new JsonChannel(parts.control);
    this.#inbox = parts.inbox;
    this.#outbox = parts.outbox;
  }

  /** The descriptor, once; whoever takes it closes it. */
  takeInbox(): number {
    const fd = this.#inbox;
    this.#inbox = -1;
    return fd;
  }

  /** The descriptor, once; whoever takes it closes it. */
  takeOutbox(): number {
    const fd = this.#outbox;
    this.#outbox = -1;
    return fd;
  }

  /** Ends it and closes what was not taken. Its end is not waited for. */
  dismiss(): void {
    this.channel.close();
    for (const fd of [this.takeInbox(), this.takeOutbox()]) {
      if (fd >= 0) closeFd(fd);
    }
    this.end();
  }

  /** Ends it; its channel says so to whoever listens. */
  end(): void {
    this.#children.kill(this.#pid, SIGKILL);
  }
}

/** Starts a fetcher. @throws FfiError when the kernel gives no process. */
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

/** The fetcher that the entry stub started beside us, if it did and it lives. */
export function findEarlyFetcher(
  children: Children,
): FetcherProcess | undefined {
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
