/** The files and streams of `policy`. */
import { ConfigError } from "@/base/errors.ts";
import { FileRefusal, readRegularText } from "@/base/regular_file.ts";

const MOST_BYTES = 64 * 1024 * 1024;

/** What tests replace. */
export interface Streams {
  /** The text of a file; `-` is standard input. @throws {ConfigError} */
  readonly read: (path: string) => Promise<string>;
  /** To standard output. */
  readonly write: (text: string) => Promise<void>;
  /** To standard error. */
  readonly complain: (text: string) => Promise<void>;
}

/** Those of this process. */
export const STANDARD_STREAMS: Streams = {
  read: (path) =>
    path === "-"
      ? new Response(Deno.stdin.readable).text()
      : Promise.resolve(readFile(path)),
  write: (text) => send(text, Deno.stdout.writable),
  complain: (text) => send(text, Deno.stderr.writable),
};

function readFile(path: string): string {
  try {
    return readRegularText(path, MOST_BYTES);
  } catch (error) {
    const why = error instanceof FileRefusal
      ? error.message
      : error instanceof Deno.errors.NotFound
      ? "it does not exist"
      : error instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : String(error);
    throw new ConfigError(`Cannot read ${path}: ${why}`, { cause: error });
  }
}

async function send(
  text: string,
  stream: WritableStream<Uint8Array>,
): Promise<void> {
  try {
    await new Blob([text]).stream().pipeTo(stream, { preventClose: true });
  } catch (error) {
    // As in `policy render | head`.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
