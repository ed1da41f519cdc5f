/**
 * The event publisher's end: one task by descriptor 3, one event, one answer. Its program
 * lies beside the wrapper's in the binary and is read here.
 */
import { harden } from "@ffi";
import type { announce } from "./publish.ts";
import type { Announcement, Outcome } from "@/protocol/events.ts";
import { loadScript } from "@/process/script.ts";
import { JsonChannel } from "@/process/json_channel.ts";
import { kindOf } from "@/base/errors.ts";

const CONTROL_FD = 3;
/** The wrapper sends its task at once, or is gone. */
const WRAPPER_LIMIT_MS = 10_000;

/** What the program answers when it is evaluated: the door of the room. */
interface EventsScript {
  readonly announce: typeof announce;
}

/** Does the one job. @returns the exit code */
export async function serveEvents(): Promise<number> {
  harden({ noDump: true, noNewPrivileges: true });
  const channel = new JsonChannel<Announcement, Outcome>(CONTROL_FD);
  try {
    const task = await channel.receive(WRAPPER_LIMIT_MS);
    if (!task) return 1;
    const { announce } = await loadScript<EventsScript>("events");
    await channel.send(await announce(task));
    return 0;
  } catch (error) {
    const reason = `the publisher failed: ${kindOf(error)}`;
    await channel.send({ posted: false, reason }).catch(() => {});
    return 1;
  }
}
