/** Where output goes: what is asked of a stream, so that tests can be one. */

import { FleetError } from "./errors.ts";

/** Nobody wakes it: waiting on it is a pause. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 5;

/** A stream to a person or a program. */
export interface OutputStream {
  /** False: nobody reads any more. */
  write(text: string): boolean;
  readonly isTerminal: boolean;
  /** Undefined where there is no terminal. */
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
    // `status | head` has read enough.
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw new FleetError(`The output cannot be written: ${wordsOf(error)}`);
  }
}

/** What could be written now. Somebody who shares the stream may have set it to not wait (O_NONBLOCK). */
function writeSome(stream: Stream, bytes: Uint8Array): number {
  try {
    return stream.writeSync(bytes);
  } catch (error) {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    Atomics.wait(NEVER, 0, 0, PAUSE_MS);
    return 0;
  }
}

function wordsOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "ENOSPC" ? "there is no space left" : `${code || error}`;
}

function measure(): { columns: number; rows: number } | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    // A terminal that does not know says 0.
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}
