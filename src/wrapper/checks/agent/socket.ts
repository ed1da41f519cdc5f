/**
 * One connection to the agent: a request line out, an answer line in, bounded
 * in bytes and time. What the lines mean is agent_protocol.ts's. Once anything
 * goes wrong the connection is closed, because answers could no longer be told
 * apart.
 */
import { closeFd, connect, FfiError, peerUser, receive, send } from "@ffi";
import { MAX_LINE_BYTES, parseLine } from "@/protocol/agent.ts";

const LINE_FEED = 10;

/** Why there is no answer, in words for the operator. */
export class AgentFailure extends Error {
  override readonly name = "AgentFailure";
  /** Nobody was reached, as opposed to somebody who answers badly. */
  readonly unreachable: boolean;
  /** Nothing came in time, which a busy node does too. */
  readonly late: boolean;

  constructor(message: string, { unreachable = false, late = false } = {}) {
    super(message);
    this.unreachable = unreachable;
    this.late = late;
  }
}

/** How a connection is made. */
export interface OpenOptions {
  readonly timeoutMs: number;
  /** Why this user id may not be the agent's; undefined: it may. */
  refuseOwner(uid: number): string | undefined;
}

/** A connected agent. */
export class AgentSocket {
  readonly #fd: number;
  #open = true;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws AgentFailure when nobody can be reached in time, or it is not the agent's user who listens. */
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

  /** False once something went wrong; then a new connection is needed. */
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

  /** Closes the connection. Twice is fine. */
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
    if (!answer) throw new AgentFailure("agent answered no JSON object");
    if (answer.op === "error") {
      throw new AgentFailure("agent refused the request");
    }
    return answer;
  }

  /** Reads to the line feed. More than one line for one request is a broken peer. */
  async #readLine(deadline: number): Promise<string> {
    const buffer = new Uint8Array(MAX_LINE_BYTES);
    let filled = 0;
    while (filled < MAX_LINE_BYTES) {
      const left = Math.max(0, Math.ceil(deadline - performance.now()));
      const count = await receive(this.#fd, buffer.subarray(filled), left);
      if (count === 0) throw hungUp();
      const end = buffer.subarray(filled, filled + count).indexOf(LINE_FEED);
      filled += count;
      if (end >= 0 && end + 1 < count) {
        throw new AgentFailure("agent answered more than was asked");
      }
      if (end >= 0) {
        return new TextDecoder().decode(buffer.subarray(0, filled));
      }
    }
    throw new AgentFailure("agent answered a line over 64 KiB");
  }
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
      return `agent socket ${path} may not be used: permission denied`;
    case "ETIMEDOUT":
      return `agent at ${path} does not accept connections`;
    default:
      return `agent socket ${path} cannot be used`;
  }
}

function hungUp(): AgentFailure {
  return new AgentFailure("agent closed the connection", { unreachable: true });
}
