/**
 * As much of an HTTP/1.1 server as status pages need: GET and HEAD, one request
 * a connection, no bodies read; what somebody sends beyond a request's first
 * line and its Host is never decoded, and wiped. Deno.serve has no limit on how long a client may
 * take for its request (measured: 45 s and more) nor on how many do so, and a
 * process that must outlive its application cannot give its descriptors away.
 */
import { readHead, type RequestHead, ROUTED } from "./request_head.ts";

/** What is answered. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  /** For 405. */
  readonly allow?: string;
}

/** Requests whose body matters: whoever answers them reads all but how they begin. */
export interface BodyRoute {
  /** `POST /path ` with the blank, so that nothing of what follows is read before. */
  readonly begin: string;
  /** Never rejects, and limits its own time. */
  answer(connection: Deno.TcpConn): Promise<Reply>;
}

/** A listening server. */
export interface HttpServer {
  readonly address: string;
  /** Stops at once; what is being answered is cut off. */
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
 * Listens and answers with `reply`, which must not throw.
 *
 * @throws Deno.errors.AddrInUse and others of Deno.listen.
 */
export function serveHttp(
  where: { readonly hostname: string; readonly port: number },
  reply: (head: RequestHead) => Reply,
  route?: BodyRoute,
): HttpServer {
  const listener = Deno.listen({ transport: "tcp", ...where });
  const open = new Set<Deno.TcpConn>();
  const ending = new AbortController();
  const accepting = acceptAll(listener, ending.signal, (connection) => {
    if (open.size >= CONNECTION_LIMIT) closeOldest(open);
    open.add(connection);
    void converse(connection, reply, route && outOf(open, route))
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

/** While a route answers, the crowd does not push its client out. A route answers few at a time. */
function outOf(open: Set<Deno.TcpConn>, route: BodyRoute): BodyRoute {
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

/**
 * Who comes last is served: a probe of the kubelet is answered at once, and an
 * idle crowd must not keep it out.
 */
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
      // Closed by us, or out of descriptors: then later is better than never.
      if (ending.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
    }
  }
}

/** One request and its answer, within the time limit. Never rejects. */
async function converse(
  connection: Deno.TcpConn,
  reply: (head: RequestHead) => Reply,
  route: BodyRoute | undefined,
): Promise<void> {
  let timer = setTimeout(() => close(connection), CONNECTION_TIME_MS);
  try {
    const head = await readHead(connection, route);
    let answer: Reply;
    if (head === ROUTED) {
      if (!route) return;
      clearTimeout(timer);
      answer = await route.answer(connection);
      timer = setTimeout(() => close(connection), CONNECTION_TIME_MS);
    } else {
      answer = typeof head === "number"
        ? { status: head, body: "" }
        : reply(head);
    }
    const isHead = typeof head === "object" && head.method === "HEAD";
    await writeAll(connection, renderReply(answer, isHead));
    await connection.closeWrite();
    await drain(connection);
  } catch {
    // The client went away, or its time was over.
  } finally {
    clearTimeout(timer);
    close(connection);
  }
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

/** Takes what the client still sends, so that the kernel does not reset what it has not read yet. */
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
    // Closed already.
  }
}
