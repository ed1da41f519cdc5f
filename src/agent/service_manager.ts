/**
 * Tells the service manager, systemd with `Type=notify`, when the agent is ready
 * and what it does: sd_notify(3). Without NOTIFY_SOCKET it sends nothing.
 */
import { FfiError, sendDatagram } from "@ffi";
import type { Log } from "@/base/log.ts";
import { cleanText, showPath } from "@/base/text.ts";
import { Timer } from "@/base/timer.ts";

/** The manager is PID 1; it answers later only on a node that is stuck. */
const LIMIT_MS = 1000;
/** `systemctl status` shows one line. */
const STATUS_LENGTH = 400;
/** Most characters of the socket in a message; an address has at most 108. */
const SOCKET_LENGTH = 108;
/** Readiness that a full queue did not take is sent again: the manager ends an agent that is not ready. */
const RETRY_MS = 5000;

/** Sends in the order of the calls, which do not wait. */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #log: Log;
  #sent = Promise.resolve();
  #isStopping = false;
  /** Readiness is not sent yet. */
  #isReadyOwed = false;
  #status = "";
  #retry: Timer | undefined;
  #hasFailed = false;

  /** @param socket NOTIFY_SOCKET: a path, or `@` and an abstract name */
  constructor(socket: string | undefined, log: Log) {
    this.#log = log;
    if (socket && !/^[/@]./.test(socket)) {
      log.warn(
        `NOTIFY_SOCKET is ${
          showPath(socket.slice(0, SOCKET_LENGTH))
        }, neither an absolute path nor @ and a name: ignoring it`,
      );
    } else this.#socket = socket || undefined;
  }

  /** The start is complete. Later calls change only the status. */
  ready(status: string): void {
    this.#isReadyOwed = true;
    this.#send(status);
  }

  /** Changes the status. */
  status(status: string): void {
    this.#send(status);
  }

  /** The last message. @returns when it is sent or has failed */
  async stopping(status: string): Promise<void> {
    this.#send(status, "STOPPING=1");
    this.#isStopping = true;
    this.#retry?.cancel();
    await this.#sent;
  }

  #send(status: string, state = ""): void {
    const socket = this.#socket;
    if (socket === undefined || this.#isStopping) return;
    this.#status = status;
    this.#sent = this.#sent
      .then(() => this.#write(socket, status, state))
      .catch((error) => this.#onFailure(socket, error));
  }

  async #write(socket: string, status: string, state: string): Promise<void> {
    const isReady = this.#isReadyOwed && state === "";
    const text = `${isReady ? "READY=1" : state}\nSTATUS=${
      cleanText(status, STATUS_LENGTH)
    }\n`;
    const bytes = new TextEncoder().encode(text.trimStart());
    await sendDatagram(socket, bytes, LIMIT_MS);
    this.#hasFailed = false;
    if (isReady) this.#isReadyOwed = false;
  }

  #onFailure(socket: string, error: unknown): void {
    if (!(error instanceof FfiError)) throw error;
    if (error.code === "ETIMEDOUT" && this.#isReadyOwed) {
      this.#retry?.cancel();
      this.#retry = new Timer(RETRY_MS, () => this.#send(this.#status));
    }
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#log.warn(
      `Cannot notify the service manager at ${
        showPath(socket.slice(0, SOCKET_LENGTH))
      }: ${error.message} (NOTIFY_SOCKET); with Type=notify it ends an agent that is not ready in time`,
    );
  }
}
