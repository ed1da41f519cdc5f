/**
 * The application's environment: the original entries without the wrapper's own
 * variables, with secrets in place of references. Entries are raw bytes, views
 * on the kernel's block and on arenas; only execve copies them.
 */
import type { Ingested } from "@/wrapper/secrets/ingest.ts";

/** Prefixes of variables that the application does not receive. */
const OWN_PREFIXES = ["CLOUDTASER_", "VAULT_", "BAO_"];

/** `NAME=value\0` entries for execve, in two parts. */
export interface SplitEnvironment {
  readonly plain: readonly Uint8Array[];
  /** Views on an arena. */
  readonly secrets: readonly Uint8Array[];
}

/** The environment with the secrets that the store holds now, in the original order. */
export function splitEnvironment(
  { own, store, config: { passthrough, plan } }: Ingested,
): SplitEnvironment {
  // A reference whose secret is missing does not reach the application either.
  const planned = plan.deliveries.map(({ name }) => name);
  const replaced = new Set([...store.names(), ...planned]);
  const isPassed = (name: string) =>
    !OWN_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    passthrough.includes("*") || passthrough.includes(name);
  const plain = own.environment
    .filter(({ name }) => !replaced.has(name) && isPassed(name))
    .map(({ entry }) => entry);
  return { plain, secrets: store.variables() };
}
