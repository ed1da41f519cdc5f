/** Where output goes: what is asked of a stream, so that tests can be one. */

/** A stream to a person or a program. */
export interface Outlet {
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
export function openOutlet(stream: Stream): Outlet {
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
      sent += stream.writeSync(bytes.subarray(sent));
    }
    return true;
  } catch (error) {
    // `status | head` has read enough.
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
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
