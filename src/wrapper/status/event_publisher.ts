/**
 * Tells Kubernetes of the score, on change only: an event publisher is a process of our
 * own file that posts one event and ends. Its service account's token never gets
 * here. What goes wrong is one warning; nothing waits for it.
 */
import { closeFd, socketPair } from "@ffi";
import type { Log } from "@/base/log.ts";
import { Counter } from "@/base/metric.ts";
import { messageOf } from "@/base/errors.ts";
import type { Variable } from "@/config/reader.ts";
import type { Announcement, Outcome } from "@/protocol/events.ts";
import { encodeCString } from "@/process/own_image.ts";
import type { Children } from "@/process/children.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { SIGKILL } from "@/base/signals.ts";
import { describeEvent, type ProtectionEvent } from "@/score/event_text.ts";
import type { Identity } from "@/config/pod_identity.ts";
import type { Score } from "@/score/score.ts";

const EXECUTABLE = encodeCString("/proc/self/exe");
const ARGV = ["cloudtaser-wrapper", "events"].map(encodeCString);
/** For the exchange with the API server; an event publisher that takes longer is ended. */
const POST_LIMIT_MS = 5000;
const LIMIT_MS = 8000;
/** A score that goes up and down must not fill the cluster's store: so many at once, then one each so often. */
const BURST = 10;
const REFILL_MS = 300_000;

const EVENTS = new Counter(
  "cloudtaser_events_total",
  "Kubernetes events, written or not",
);
const FAILURES = new Counter(
  "cloudtaser_event_failures_total",
  "Kubernetes events that could not be written",
);

/** What is told, and through whom. */
export interface EventPublisherOptions {
  readonly children: Children;
  readonly server: Announcement["server"];
  readonly pod: Announcement["pod"];
  readonly log: Log;
}

/** The API server as every container of a pod is told of it; undefined outside of a cluster. */
export function findServer(
  variables: readonly Variable[],
): Announcement["server"] | undefined {
  const value = (name: string) =>
    variables.find((v) => v.name === name)?.text().trim() || undefined;
  const host = value("KUBERNETES_SERVICE_HOST");
  const port = value("KUBERNETES_SERVICE_PORT_HTTPS") ??
    value("KUBERNETES_SERVICE_PORT") ?? "443";
  return host === undefined ? undefined : { host, port };
}

/** What is known of the pod without asking anybody. */
export function describePod(
  identity: Identity,
  variables: readonly Variable[],
): Announcement["pod"] {
  const uid = variables.find((v) => v.name === "POD_UID")?.text() || undefined;
  const { namespace, pod, node } = identity;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(pod !== undefined && { name: pod }),
    ...(node !== undefined && { node }),
    ...(uid !== undefined && { uid }),
  };
}

/** EventPublishers, one after the other. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  #wanted: ProtectionEvent | undefined;
  #told: string | undefined;
  #work: Promise<void> | undefined;
  #tokens = BURST;
  #filledAt = performance.now();
  #hasWarned = false;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    for (const counter of [EVENTS, FAILURES]) counter.add(0);
  }

  /** The score of now. What was told last is not told again, and only the newest of many. */
  tell(score: Score): void {
    this.#wanted = describeEvent(score);
    this.#work ??= this.#sendAll().finally(() => this.#work = undefined);
  }

  /** Waits for what is being told, but no longer than that. */
  async settle(limitMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#work, late]);
    clearTimeout(timer);
  }

  async #sendAll(): Promise<void> {
    while (this.#wanted && this.#wanted.message !== this.#told) {
      const wait = this.#takeTurn();
      if (wait > 0) {
        await new Promise((resolve) => setTimeout(resolve, wait));
        continue;
      }
      const event = this.#wanted;
      this.#told = event.message;
      await this.#send(event);
    }
  }

  /** @returns how long to wait before there is a turn to take; 0: it is taken */
  #takeTurn(): number {
    const now = performance.now();
    this.#tokens = Math.min(
      BURST,
      this.#tokens + (now - this.#filledAt) / REFILL_MS,
    );
    this.#filledAt = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) * REFILL_MS);
    this.#tokens--;
    return 0;
  }

  async #send(saying: ProtectionEvent): Promise<void> {
    const { server, pod, log } = this.#options;
    EVENTS.add(1);
    const outcome = await this.#sendEventPublisher({
      saying,
      server,
      pod,
      limitMs: POST_LIMIT_MS,
    });
    if (outcome.posted) {
      return log.debug(`Event ${saying.reason} is written`);
    }
    FAILURES.add(1);
    const text =
      `Cannot write the event ${saying.reason} on the pod: ${outcome.reason}`;
    if (this.#hasWarned) return log.debug(text);
    this.#hasWarned = true;
    log.warn(`${text} (said once; CLOUDTASER_EVENTS=false for none)`);
  }

  async #sendEventPublisher(task: Announcement): Promise<Outcome> {
    const { children } = this.#options;
    let channel: JsonChannel<Outcome, Announcement> | undefined;
    let pid = 0;
    try {
      const [ours, theirs] = socketPair();
      channel = new JsonChannel(ours);
      try {
        pid = startEventPublisher(children, theirs);
      } finally {
        closeFd(theirs);
      }
      await channel.send(task);
      const outcome = await channel.receive(LIMIT_MS);
      return outcome ?? { posted: false, reason: "the publisher was ended" };
    } catch (error) {
      return {
        posted: false,
        reason: `the publisher did not do its job: ${messageOf(error)}`,
      };
    } finally {
      channel?.close();
      if (pid > 0) children.kill(pid, SIGKILL);
    }
  }
}

function startEventPublisher(children: Children, control: number): number {
  return children.start({
    paths: [EXECUTABLE],
    argv: ARGV,
    envp: [],
    fds: [control],
    dieWithUs: true,
    closeOthers: true,
  }).pid;
}
