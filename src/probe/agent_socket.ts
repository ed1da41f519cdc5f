/**
 * One connection to the agent: a request line out, an answer line in, bounded
 * in bytes and time. What the lines mean is agent_protocol.ts's. Once anything
 * goes wrong the connection is closed, because answers could no longer be told
 * apart.
 */
import { MAX_LINE_BYTES, parseLine } from "./agent_protocol.ts";

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

/** A connected agent. */
export class AgentSocket {
  readonly #connection: Deno.Conn;
  #open = true;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** @throws AgentFailure when nobody can be reached within `timeoutMs`. */
  static async open(path: string, timeoutMs: number): Promise<AgentSocket> {
    try {
      refuseOwnSocket(path);
      // Loading Deno's sockets costs some 10 ms: not where there is no agent.
      Deno.statSync(path);
      const opening = Deno.connect({ transport: "unix", path });
      return new AgentSocket(
        await within(opening, timeoutMs, (late) => late.close()),
      );
    } catch (error) {
      const late = error instanceof TimeoutError;
      throw new AgentFailure(explain(error, path), { unreachable: true, late });
    }
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
      return await within(this.#exchange(request), timeoutMs);
    } catch (error) {
      this.close();
      if (error instanceof AgentFailure) throw error;
      if (error instanceof TimeoutError) {
        const why = `agent did not answer within ${timeoutMs} ms`;
        throw new AgentFailure(why, { late: true });
      }
      throw new AgentFailure("agent closed the connection", {
        unreachable: true,
      });
    }
  }

  /** Closes the connection. Twice is fine. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#connection.close();
    } catch {
      // Closed already: by the peer's end or by a timeout.
    }
  }

  async #exchange(
    request: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
    const answer = parseLine(await this.#readLine());
    if (!answer) throw new AgentFailure("agent answered no JSON object");
    if (answer.op === "error") {
      throw new AgentFailure("agent refused the request");
    }
    return answer;
  }

  /** Reads to the line feed. More than one line for one request is a broken peer. */
  async #readLine(): Promise<string> {
    let buffer = new Uint8Array(4096);
    let filled = 0;
    while (true) {
      const count = await this.#connection.read(buffer.subarray(filled));
      if (!count) {
        throw new AgentFailure("agent closed the connection", {
          unreachable: true,
        });
      }
      const end = buffer.subarray(filled, filled + count).indexOf(10);
      if (end >= 0 && filled + end + 1 < filled + count) {
        throw new AgentFailure("agent answered more than was asked");
      }
      filled += count;
      if (end >= 0) {
        return new TextDecoder().decode(buffer.subarray(0, filled));
      }
      if (filled >= MAX_LINE_BYTES) {
        throw new AgentFailure("agent answered a line over 64 KiB");
      }
      if (filled === buffer.length) {
        const larger = new Uint8Array(Math.min(filled * 4, MAX_LINE_BYTES));
        larger.set(buffer);
        buffer = larger;
      }
    }
  }
}

class TimeoutError extends Error {}
class OwnSocketError extends Error {}

/** A socket that our own unprivileged user made is not the node's agent. */
function refuseOwnSocket(path: string): void {
  const { uid } = Deno.statSync(path);
  if (uid !== 0 && uid !== null && uid === Deno.uid()) {
    throw new OwnSocketError();
  }
}

function explain(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotFound) {
    return `no agent socket at ${path}`;
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return `no agent listens at ${path}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `agent socket ${path} may not be used: permission denied`;
  }
  if (error instanceof OwnSocketError) {
    return `agent socket ${path} belongs to this process's own user`;
  }
  if (error instanceof TimeoutError) {
    return `agent at ${path} does not accept connections`;
  }
  return `agent socket ${path} cannot be used`;
}

/** Waits no longer than `timeoutMs`; what comes later goes to `late`. */
async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
  late?: (value: T) => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      work.then(late, () => {});
      reject(new TimeoutError());
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
