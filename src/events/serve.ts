/**
 * The event publisher's process: receives one request on descriptor 3, posts one
 * event, responds. Its program (publish.ts) is loaded here.
 */
import { harden } from "@ffi";
import type { publishEvent } from "./publish.ts";
import type { PublishRequest, PublishResult } from "@/protocol/events.ts";
import { loadScript } from "@/process/script.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { kindOf } from "@/base/errors.ts";

const CONTROL_FD = 3;
/** The wrapper sends its request at once, or has ended. */
const WRAPPER_LIMIT_MS = 10_000;

/** Exports of publish.ts. */
interface EventsScript {
  readonly publishEvent: typeof publishEvent;
}

/** Serves one request. @returns the exit code */
export async function serveEvents(): Promise<number> {
  harden({ noDump: true, noNewPrivileges: true });
  const channel = new JsonChannel<PublishRequest, PublishResult>(CONTROL_FD);
  try {
    const request = await channel.receive(WRAPPER_LIMIT_MS);
    if (!request) return 1;
    const { publishEvent } = await loadScript<EventsScript>("events");
    await channel.send(await publishEvent(request));
    return 0;
  } catch (error) {
    const reason = `the event publisher failed: ${kindOf(error)}`;
    await channel.send({ posted: false, reason }).catch(() => {});
    return 1;
  }
}
