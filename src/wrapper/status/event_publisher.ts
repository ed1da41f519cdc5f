/**
 * Writes the score as a Kubernetes event when it changes. A short-lived process
 * posts each event, so that the service account's token never reaches the
 * wrapper. Failures are one warning, and nothing waits for them.
 */
import { closeFd, socketPair } from "@ffi";
import type { Log } from "@/base/log.ts";
import { RateLimiter } from "@/base/rate_limiter.ts";
import { Counter } from "@/base/metric.ts";
import { messageOf } from "@/base/errors.ts";
import type { Variable } from "@/config/reader.ts";
import type { PublishRequest, PublishResult } from "@/protocol/events.ts";
import { encodeCString } from "@/process/own_blocks.ts";
import type { Children } from "@/process/children.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { SIGKILL } from "@/base/signals.ts";
import { pause, within } from "@/base/timer.ts";
import { describeEvent, type ProtectionEvent } from "@/score/event_text.ts";
import type { Identity } from "@/config/pod_identity.ts";
import type { Score } from "@/score/score.ts";

const EXECUTABLE = encodeCString("/proc/self/exe");
const ARGV = ["cloudtaser-wrapper", "cloudtaser-events"].map(encodeCString);
/** Time limit of the API request, and after which the process is killed. */
const POST_LIMIT_MS = 5000;
const LIMIT_MS = 8000;
/** Rate limit, so that a flapping score does not fill the cluster's store: a burst, then one event per interval. */
const BURST = 10;
const INTERVAL_MS = 300_000;

const EVENTS = new Counter(
  "cloudtaser_events_total",
  "Kubernetes events, written or not",
);
const FAILURES = new Counter(
  "cloudtaser_event_failures_total",
  "Kubernetes events that could not be written",
);

/** What the publisher needs. */
interface EventPublisherOptions {
  readonly children: Children;
  readonly server: PublishRequest["server"];
  readonly pod: PublishRequest["pod"];
  readonly log: Log;
}

/** The API server from the variables that every container of a pod has; undefined outside of a cluster. */
function findServer(
  variables: readonly Variable[],
): PublishRequest["server"] | undefined {
  const value = (name: string) =>
    variables.find((v) => v.name === name)?.text().trim() || undefined;
  const host = value("KUBERNETES_SERVICE_HOST");
  const port = value("KUBERNETES_SERVICE_PORT_HTTPS") ??
    value("KUBERNETES_SERVICE_PORT") ?? "443";
  return host === undefined ? undefined : { host, port };
}

/** The pod, as far as its variables describe it. */
function describePod(
  identity: Identity,
  variables: readonly Variable[],
): PublishRequest["pod"] {
  const uid = variables.find((v) => v.name === "POD_UID")?.text() || undefined;
  const { namespace, pod, node } = identity;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(pod !== undefined && { name: pod }),
    ...(node !== undefined && { node }),
    ...(uid !== undefined && { uid }),
  };
}

/** Posts events one after the other. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  #wanted: ProtectionEvent | undefined;
  #published: string | undefined;
  #work: Promise<void> | undefined;
  readonly #limiter = new RateLimiter(
    BURST,
    1000 / INTERVAL_MS,
    performance.now(),
  );
  #hasWarned = false;

  private constructor(options: EventPublisherOptions) {
    this.#options = options;
    for (const counter of [EVENTS, FAILURES]) counter.add(0);
  }

  /** Undefined outside of a cluster. */
  static open(
    variables: readonly Variable[],
    identity: Identity,
    children: Children,
    log: Log,
  ): EventPublisher | undefined {
    const server = findServer(variables);
    const pod = describePod(identity, variables);
    return server && new EventPublisher({ children, server, pod, log });
  }

  /** Queues the score's event; skips one that equals the last, and all but the newest. */
  publish(score: Score): void {
    this.#wanted = describeEvent(score);
    this.#work ??= this.#sendAll().finally(() => this.#work = undefined);
  }

  /** Waits until queued events are posted, at most `limitMs`. */
  async flush(limitMs: number): Promise<void> {
    await within(limitMs, this.#work);
  }

  async #sendAll(): Promise<void> {
    while (this.#wanted && this.#wanted.message !== this.#published) {
      const now = performance.now();
      if (!this.#limiter.allow(now)) {
        await pause(this.#limiter.delayMs(now));
        continue;
      }
      const event = this.#wanted;
      this.#published = event.message;
      await this.#send(event);
    }
  }

  async #send(event: ProtectionEvent): Promise<void> {
    const { server, pod, log } = this.#options;
    EVENTS.add(1);
    const outcome = await this.#post({
      event,
      server,
      pod,
      limitMs: POST_LIMIT_MS,
    });
    if (outcome.posted) {
      return log.debug(`Event ${event.reason} written`);
    }
    FAILURES.add(1);
    const text =
      `Cannot write event ${event.reason} on the pod: ${outcome.reason}`;
    if (this.#hasWarned) return log.debug(text);
    this.#hasWarned = true;
    log.warn(`${text} (logged once; CLOUDTASER_EVENTS=false turns events off)`);
  }

  async #post(request: PublishRequest): Promise<PublishResult> {
    const { children } = this.#options;
    let channel: JsonChannel<PublishResult, PublishRequest> | undefined;
    let pid = 0;
    try {
      const [ours, theirs] = socketPair();
      channel = new JsonChannel(ours);
      try {
        pid = startProcess(children, theirs);
      } finally {
        closeFd(theirs);
      }
      await channel.send(request);
      const outcome = await channel.receive(LIMIT_MS);
      return outcome ??
        {
          posted: false,
          reason: "the event publisher ended without a response",
        };
    } catch (error) {
      return {
        posted: false,
        reason: `the event publisher failed: ${messageOf(error)}`,
      };
    } finally {
      channel?.close();
      if (pid > 0) children.kill(pid, SIGKILL);
    }
  }
}

function startProcess(children: Children, control: number): number {
  return children.start({
    paths: [EXECUTABLE],
    argv: ARGV,
    envp: [],
    fds: [control],
    dieWithUs: true,
    closeOthers: true,
  }).pid;
}
