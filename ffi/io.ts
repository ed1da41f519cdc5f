/**
 * Bytes between wrapper, fetcher and agent, and to the log. Each call has a time
 * limit.
 */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer } from "./pointer.ts";

/** A connected pair of stream sockets, close-on-exec. @throws {FfiError} */
export function socketPair(): [number, number] {
  const fds = new Int32Array(2);
  unwrap("ct_socket_pair", library().ct_socket_pair(fds));
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/**
 * Connects to the Unix socket at `path`.
 *
 * @throws {FfiError} ENOENT, ECONNREFUSED, EACCES; ETIMEDOUT: the backlog stays
 * full; EINVAL: the path is too long.
 */
export async function connect(
  path: string,
  timeoutMs: number,
): Promise<number> {
  const text = new TextEncoder().encode(`${path}\0`);
  return unwrap("ct_connect", await library().ct_connect(text, timeoutMs));
}

/** User id of the process that listens on the other end of a Unix socket. @throws {FfiError} */
export function peerUser(fd: number): number {
  return unwrap("ct_peer_user", library().ct_peer_user(fd));
}

/**
 * Sends all bytes.
 *
 * @throws {FfiError} ETIMEDOUT: the peer does not read. EPIPE: the peer closed.
 */
export async function send(
  fd: number,
  bytes: Uint8Array,
  timeoutMs: number,
): Promise<number> {
  const length = BigInt(bytes.length);
  const sent = await library().ct_send(fd, buffer(bytes), length, timeoutMs);
  return unwrap("ct_send", sent);
}

/**
 * Waits for data and receives at most `into.length` bytes.
 *
 * @returns the number of bytes; 0 at the end of the stream. @throws {FfiError} ETIMEDOUT.
 */
export async function receive(
  fd: number,
  into: Uint8Array,
  timeoutMs: number,
): Promise<number> {
  const length = BigInt(into.length);
  const got = await library().ct_receive(fd, buffer(into), length, timeoutMs);
  return unwrap("ct_receive", got);
}

/**
 * Writes a log line for at most `timeoutMs`. Never throws.
 *
 * @returns bytes written, or -errno if none were.
 */
export function writeLog(
  fd: number,
  bytes: Uint8Array,
  timeoutMs: number,
): number {
  const length = BigInt(bytes.length);
  return Number(library().ct_write(fd, buffer(bytes), length, timeoutMs));
}

/**
 * Sends one datagram to the Unix socket at `path`; `@` at its start: an abstract
 * one.
 *
 * @throws {FfiError} ENOENT, ECONNREFUSED, EACCES; ETIMEDOUT: its queue stays
 * full; EINVAL: the path is too long.
 */
export async function sendDatagram(
  path: string,
  bytes: Uint8Array,
  timeoutMs: number,
): Promise<void> {
  const to = new TextEncoder().encode(`${path}\0`);
  const length = BigInt(bytes.length);
  unwrap(
    "ct_send_datagram",
    await library().ct_send_datagram(to, buffer(bytes), length, timeoutMs),
  );
}

/** @throws {FfiError} EBADF. */
export function closeFd(fd: number): void {
  unwrap("ct_close", library().ct_close(fd));
}
