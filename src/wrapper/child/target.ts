/** What is started and with what: the application's command, environment and limits. */
import { parseCommandLine } from "./command.ts";
import { splitChildEnvironment } from "./environment.ts";
import { UsageError } from "@/base/errors.ts";
import type { Config } from "@/config/load.ts";
import type { Invocation } from "@/config/invocation.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";

/**
 * The application's argv, each word with its NUL.
 *
 * @throws UsageError when there is none
 */
export function findArgv(
  { operands }: Invocation,
  { originalCommand }: Config,
): Uint8Array[] {
  if (operands.length > 0) return [...operands];
  if (originalCommand !== undefined) {
    const encoder = new TextEncoder();
    return parseCommandLine(originalCommand)
      .map((word) => encoder.encode(`${word}\0`));
  }
  throw new UsageError(
    "No command to run: pass it as arguments or set CLOUDTASER_ORIGINAL_CMD (see --help)",
  );
}

/** Entries for execve, with the secrets that the store holds now. */
export function makeEnvironment(ingested: Ingested): Uint8Array[] {
  const { plain, secrets } = splitEnvironment(ingested);
  return [...plain, ...secrets];
}

/** The same in two parts: what everyone may see, and secrets. */
export function splitEnvironment({ own, store, config }: Ingested) {
  return splitChildEnvironment({
    original: own.environment,
    secrets: store.variables(),
    secretNames: store.names(),
    passthrough: config.passthrough,
  });
}

/** The soft RLIMIT_NOFILE before Deno raised it, as the entry stub saw it. */
export function readNofile(): bigint | undefined {
  const text = Deno.env.get("CT_NOFILE_SOFT");
  return text === undefined ? undefined : BigInt(text);
}
