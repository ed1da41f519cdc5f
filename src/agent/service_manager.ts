/**
 * Tells the service manager, systemd with `Type=notify`, when the agent is ready
 * and what it does: sd_notify(3). Without NOTIFY_SOCKET it sends nothing.
 */
import { FfiError, sendDatagram } from "@ffi";
import type { Log } from "@/base/log.ts";
import { cleanText } from "@/base/text.ts";

/** The manager is PID 1; it answers later only on a node that is stuck. */
const LIMIT_MS = 1000;
/** `systemctl status` shows one line. */
const STATUS_LENGTH = 400;

/** Sends in the order of the calls, which do not wait. */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #log: Log;
  #sent = Promise.resolve();
  #isStopping = false;

  /** @param socket NOTIFY_SOCKET: a path, or `@` and an abstract name */
  constructor(socket: string | undefined, log: Log) {
    this.#socket = socket || undefined;
    this.#log = log;
  }

  /** The start is complete. Later calls change only the status. */
  ready(status: string): void {
    this.#send("READY=1", status);
  }

  /** Changes the status. */
  status(status: string): void {
    this.#send("", status);
  }

  /** The last message. @returns when it is sent or has failed */
  async stopping(status: string): Promise<void> {
    this.#send("STOPPING=1", status);
    this.#isStopping = true;
    await this.#sent;
  }

  #send(state: string, status: string): void {
    const socket = this.#socket;
    if (socket === undefined || this.#isStopping) return;
    const text = `${state}\nSTATUS=${cleanText(status, STATUS_LENGTH)}\n`;
    const bytes = new TextEncoder().encode(text.trimStart());
    this.#sent = this.#sent
      .then(() => sendDatagram(socket, bytes, LIMIT_MS))
      .catch((error) => this.#report(socket, error));
  }

  #report(socket: string, error: unknown): void {
    if (!(error instanceof FfiError)) throw error;
    this.#log.warn(
      `Cannot notify the service manager at ${socket}: ${error.message} (NOTIFY_SOCKET); with Type=notify it ends an agent that is not ready in time`,
    );
  }
}
