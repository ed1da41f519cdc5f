/**
 * The HTTP/1.1 server for status pages: GET and HEAD, one request for each
 * connection, no request bodies. It decodes the first line and the Host header
 * only, and wipes the rest.
 *
 * Deno.serve limits neither the time that a client takes for its request head
 * (measured: over 45 s) nor the number of such clients. The wrapper outlives
 * its application, so clients must not exhaust its file descriptors.
 */
import { readHead, type RequestHead, ROUTED } from "./request_head.ts";
import { pause, Timer } from "@/base/timer.ts";

/** A response. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  /** For 405. */
  readonly allow?: string;
}

/** Requests with a body. `answer` reads everything that follows `begin`. */
export interface BodyRoute {
  /** `POST /path ` including the space; the server reads no byte beyond it. */
  readonly begin: string;
  /** Must not reject, and must limit its own time. */
  answer(connection: Deno.TcpConn): Promise<Reply>;
}

/** A listening server. */
export interface HttpServer {
  readonly address: string;
  /** Stops at once and closes connections, also those in the middle of a response. */
  stop(): Promise<void>;
}

const CONNECTION_LIMIT = 64;
const CONNECTION_TIME_MS = 5000;
const BODY_LIMIT_BYTES = 65_536;
const ACCEPT_PAUSE_MS = 200;

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * Listens and responds with `reply`, which must not reject.
 *
 * @throws Deno.errors.AddrInUse and the other errors of Deno.listen
 */
export function serveHttp(
  where: { readonly hostname: string; readonly port: number },
  reply: (head: RequestHead) => Promise<Reply>,
  route?: BodyRoute,
): HttpServer {
  const listener = Deno.listen({ transport: "tcp", ...where });
  const open = new Set<Deno.TcpConn>();
  const ending = new AbortController();
  const accepting = acceptAll(listener, ending.signal, (connection) => {
    if (open.size >= CONNECTION_LIMIT) closeOldest(open);
    open.add(connection);
    void handleConnection(connection, reply, route && exempt(open, route))
      .finally(() => open.delete(connection));
  });
  const { hostname, port } = listener.addr;
  return {
    address: hostname.includes(":")
      ? `[${hostname}]:${port}`
      : `${hostname}:${port}`,
    stop: () => {
      ending.abort();
      listener.close();
      open.forEach(close);
      return accepting;
    },
  };
}

/** A client of the route is never the oldest connection to close. The route limits its own clients. */
function exempt(open: Set<Deno.TcpConn>, route: BodyRoute): BodyRoute {
  return {
    begin: route.begin,
    answer: async (connection) => {
      open.delete(connection);
      const reply = await route.answer(connection);
      open.add(connection);
      return reply;
    },
  };
}

/** Makes room for a new connection, so that idle clients cannot block the kubelet's probes. */
function closeOldest(open: Set<Deno.TcpConn>): void {
  for (const oldest of open) {
    open.delete(oldest);
    return close(oldest);
  }
}

async function acceptAll(
  listener: Deno.TcpListener,
  ending: AbortSignal,
  take: (connection: Deno.TcpConn) => void,
): Promise<void> {
  while (!ending.aborted) {
    try {
      take(await listener.accept());
    } catch {
      // Without free file descriptors, try again later.
      if (ending.aborted) return;
      await pause(ACCEPT_PAUSE_MS);
    }
  }
}

/** One request and its answer, within the time limit. Never rejects. */
async function handleConnection(
  connection: Deno.TcpConn,
  reply: (head: RequestHead) => Promise<Reply>,
  route: BodyRoute | undefined,
): Promise<void> {
  let timer = limitTime(connection);
  try {
    const head = await readHead(connection, route);
    let answer: Reply;
    if (head === ROUTED) {
      if (!route) return;
      timer.cancel();
      answer = await route.answer(connection);
      timer = limitTime(connection);
    } else {
      answer = typeof head === "number"
        ? { status: head, body: "" }
        : await reply(head);
    }
    const isHead = typeof head === "object" && head.method === "HEAD";
    await writeAll(connection, renderReply(answer, isHead));
    await connection.closeWrite();
    await drain(connection);
  } catch {
    // The client closed the connection, or the time limit closed it.
  } finally {
    timer.cancel();
    close(connection);
  }
}

function limitTime(connection: Deno.TcpConn): Timer {
  return new Timer(CONNECTION_TIME_MS, () => close(connection));
}

function renderReply(reply: Reply, headOnly: boolean): Uint8Array {
  const encoder = new TextEncoder();
  const lines = [
    `HTTP/1.1 ${reply.status} ${STATUS_TEXTS[reply.status] ?? ""}`,
    `content-type: ${reply.type ?? "text/plain; charset=utf-8"}`,
    `content-length: ${encoder.encode(reply.body).length}`,
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    ...(reply.allow ? [`allow: ${reply.allow}`] : []),
    "connection: close",
  ];
  const body = headOnly ? "" : reply.body;
  return encoder.encode(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await connection.write(bytes.subarray(sent));
  }
}

/** Reads what the client still sends: closing with unread bytes would reset the connection and lose the response. */
async function drain(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  for (let taken = 0; taken < BODY_LIMIT_BYTES;) {
    const count = await connection.read(buffer);
    buffer.fill(0);
    if (!count) return;
    taken += count;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
