/**
 * `status`: how well one wrapper or a fleet is protected. Its program is not part
 * of the wrapper's, which is evaluated at every container's start: it lies beside
 * it in the binary and is read now.
 */
import { readEmbedded } from "@ffi";
import type { openOutlet, runStatus } from "@/fleet/mod.ts";
import type { EnvironmentEntry, OwnImage } from "@/memory/mod.ts";
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
  const { openOutlet, runStatus } = await loadFleet();
  return await runStatus({
    words: words.map((word) => decode(word.subarray(0, -1))),
    variables: listAll(environment),
    stdout: openOutlet(Deno.stdout),
    stderr: openOutlet(Deno.stderr),
  });
}

async function loadFleet(): Promise<Fleet> {
  if (import.meta.url.startsWith("file:")) {
    // Not a literal: the bundler would take the room into the wrapper's program.
    return await import(new URL("../fleet/mod.ts", import.meta.url).href);
  }
  const script = decode(await readEmbedded("status"));
  // Indirect, so that it sees nothing of ours.
  return await (0, eval)(script);
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
