/**
 * `status`: how well one wrapper or a fleet is protected. Its program is not part
 * of the wrapper's, which is evaluated at every container's start: it lies beside
 * it in the binary and is read now.
 */
import type { openOutlet } from "@/fleet/command/output_stream.ts";
import type { runStatus } from "@/fleet/status.ts";
import type { EnvironmentEntry, OwnImage } from "@/process/own_image.ts";
import { loadScript } from "@/process/script.ts";
import type { CommandLine } from "./command_line.ts";

/** What the program answers when it is evaluated: the door of the room. */
interface Fleet {
  readonly openOutlet: typeof openOutlet;
  readonly runStatus: typeof runStatus;
}

/** Runs it. @returns the exit code */
export async function status(
  { words }: CommandLine,
  { environment }: OwnImage,
): Promise<number> {
  const { openOutlet, runStatus } = await loadScript<Fleet>("status");
  return await runStatus({
    words: words.map((word) => decode(word.subarray(0, -1))),
    variables: listAll(environment),
    stdout: openOutlet(Deno.stdout),
    stderr: openOutlet(Deno.stderr),
  });
}

/** All of it, tokens too: credential plugins get what kubectl would give them. The first of a name counts. */
function listAll(
  environment: readonly EnvironmentEntry[],
): Map<string, string> {
  return new Map(
    environment.toReversed().filter(({ name }) => name !== "")
      .map(({ name, value }) => [name, decode(value)]),
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
