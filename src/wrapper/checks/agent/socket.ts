/**
 * One connection to the agent: sends a request line, reads an answer line, with limits
 * on bytes and time. src/protocol/agent.ts defines the lines. After any failure the
 * connection is closed, because later answers could belong to earlier requests.
 */
import { closeFd, connect, FfiError, peerUser, receive, send } from "@ffi";
import { MAX_LINE_BYTES, parseLine } from "@/protocol/agent.ts";

const LINE_FEED = 10;
/** Most answers fit; longer ones make the buffer grow. */
const FIRST_READ_BYTES = 4096;

/** Why there is no answer, for the operator. */
export class AgentFailure extends Error {
  override readonly name = "AgentFailure";
  /** No connection, as opposed to a bad answer. */
  readonly unreachable: boolean;
  /** A timeout, which may mean a busy node. */
  readonly late: boolean;

  constructor(message: string, { unreachable = false, late = false } = {}) {
    super(message);
    this.unreachable = unreachable;
    this.late = late;
  }
}

/** Options of {@linkcode AgentSocket.open}. */
export interface OpenOptions {
  readonly timeoutMs: number;
  /** Why the agent cannot run as this user id; undefined: it can. */
  refuseOwner(uid: number): string | undefined;
}

/** A connected agent. */
export class AgentSocket {
  readonly #fd: number;
  #open = true;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws AgentFailure if there is no connection in time, or another user listens. */
  static async open(
    path: string,
    { timeoutMs, refuseOwner }: OpenOptions,
  ): Promise<AgentSocket> {
    const socket = new AgentSocket(await reach(path, timeoutMs));
    const refusal = refuseOwner(peerUser(socket.#fd));
    if (refusal === undefined) return socket;
    socket.close();
    throw new AgentFailure(`agent socket ${path} ${refusal}`);
  }

  /** False after a failure; then a new connection is needed. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Sends one request and waits for its answer. @throws AgentFailure */
  async ask(
    request: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<Record<string, unknown>> {
    try {
      return await this.#exchange(request, timeoutMs);
    } catch (error) {
      this.close();
      if (error instanceof AgentFailure) throw error;
      if (error instanceof FfiError && error.code === "ETIMEDOUT") {
        const why = `agent did not answer within ${timeoutMs} ms`;
        throw new AgentFailure(why, { late: true });
      }
      throw hungUp();
    }
  }

  /** Closes the connection. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeFd(this.#fd);
  }

  async #exchange(
    request: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<Record<string, unknown>> {
    const deadline = performance.now() + timeoutMs;
    const bytes = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
    await send(this.#fd, bytes, timeoutMs);
    const answer = parseLine(await this.#readLine(deadline));
    if (!answer) throw new AgentFailure("agent did not send a JSON object");
    if (answer.op === "error") {
      throw new AgentFailure("agent rejected the request");
    }
    return answer;
  }

  /** Reads one line. The agent must not send more than one for a request. */
  async #readLine(deadline: number): Promise<string> {
    let buffer = new Uint8Array(FIRST_READ_BYTES);
    let filled = 0;
    while (filled < MAX_LINE_BYTES) {
      if (filled === buffer.length) buffer = grow(buffer);
      const left = Math.max(0, Math.ceil(deadline - performance.now()));
      const count = await receive(this.#fd, buffer.subarray(filled), left);
      if (count === 0) throw hungUp();
      const end = buffer.subarray(filled, filled + count).indexOf(LINE_FEED);
      filled += count;
      if (end >= 0 && end + 1 < count) {
        throw new AgentFailure("agent sent more than one line");
      }
      if (end >= 0) {
        return new TextDecoder().decode(buffer.subarray(0, filled));
      }
    }
    throw new AgentFailure("agent sent a line over 64 KiB");
  }
}

function grow(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = Math.min(buffer.length * 4, MAX_LINE_BYTES);
  const larger = new Uint8Array(size);
  larger.set(buffer);
  return larger;
}

async function reach(path: string, timeoutMs: number): Promise<number> {
  try {
    return await connect(path, timeoutMs);
  } catch (error) {
    const code = error instanceof FfiError ? error.code : "";
    const late = code === "ETIMEDOUT";
    throw new AgentFailure(explain(code, path), { unreachable: true, late });
  }
}

function explain(code: string, path: string): string {
  switch (code) {
    case "ENOENT":
      return `no agent socket at ${path}`;
    case "ECONNREFUSED":
      return `no agent listens at ${path}`;
    case "EACCES":
    case "EPERM":
      return `agent socket ${path} cannot be used: permission denied`;
    case "ETIMEDOUT":
      return `agent at ${path} does not accept connections`;
    default:
      return `agent socket ${path} cannot be used`;
  }
}

function hungUp(): AgentFailure {
  return new AgentFailure("agent closed the connection", { unreachable: true });
}
