/** Standard output and standard error, behind an interface that tests can replace. */

import { FleetError } from "./errors.ts";

/** Nothing notifies it, so that waiting on it is a pause. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 5;

/** A stream for output. */
export interface OutputStream {
  /** @returns false when the reader has closed the stream */
  write(text: string): boolean;
  readonly isTerminal: boolean;
  /** Undefined when the stream is not a terminal. */
  size(): { readonly columns: number; readonly rows: number } | undefined;
}

interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** Standard output or standard error. */
export function openOutputStream(stream: Stream): OutputStream {
  const isTerminal = stream.isTerminal();
  return {
    isTerminal,
    write: (text) => writeAll(stream, new TextEncoder().encode(text)),
    size: () => isTerminal ? measure() : undefined,
  };
}

function writeAll(stream: Stream, bytes: Uint8Array): boolean {
  try {
    for (let sent = 0; sent < bytes.length;) {
      sent += writeSome(stream, bytes.subarray(sent));
    }
    return true;
  } catch (error) {
    // As in `status | head`.
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw new FleetError(`Cannot write the output: ${describe(error)}`);
  }
}

/** @returns the bytes written; 0 when the stream is full. Another process may have set O_NONBLOCK on it. */
function writeSome(stream: Stream, bytes: Uint8Array): number {
  try {
    return stream.writeSync(bytes);
  } catch (error) {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    Atomics.wait(NEVER, 0, 0, PAUSE_MS);
    return 0;
  }
}

function describe(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "ENOSPC" ? "no space left on device" : `${code || error}`;
}

function measure(): { columns: number; rows: number } | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    // A terminal without a known size reports 0.
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}
