/** Moves the secrets of the environment block into an arena and wipes them in the block. */
import { FfiError } from "@ffi";
import { KernelError } from "@/base/errors.ts";
import type { Config } from "@/config/load.ts";
import type { Variable } from "@/config/reader.ts";
import type { EnvironmentEntry, OwnBlocks } from "@/process/own_blocks.ts";
import type { Input } from "./input.ts";
import { SecretStore } from "./store.ts";

/** Capacity for an unseal request with its head. Small, because RLIMIT_MEMLOCK may be 64 KiB. */
const REQUEST_BYTES = 8192;

/** The configuration, with secrets in the store and nowhere else. */
export interface Ingested {
  readonly own: OwnBlocks;
  readonly config: Config;
  readonly variables: readonly Variable[];
  readonly store: SecretStore;
  /** Names of secret variables that stay in the environment because of CLOUDTASER_PASSTHROUGH. */
  readonly keptInEnvironment: readonly string[];
  /** Names of those that were wiped. */
  readonly wiped: readonly string[];
  /** File system types that each path was read from. Entries stay: a disk keeps what was once written to it. */
  readonly readFrom: Map<string, Set<string | undefined>>;
}

/**
 * Moves the secrets into an arena and wipes them in the environment block.
 *
 * @throws KernelError when memory cannot be locked
 */
export function ingest(
  { own, config, variables, values, secretEntries }: Input,
): Ingested {
  const { passthrough, sealed } = config;
  const isKept = ({ name }: EnvironmentEntry) =>
    passthrough.includes(name) || passthrough.includes("*");
  const wiped = secretEntries.filter((entry) => !isKept(entry));
  return {
    own,
    config,
    variables,
    store: openStore(values, {
      requestBytes: sealed ? REQUEST_BYTES : 0,
      originals: wiped.map(({ value }) => value),
    }),
    keptInEnvironment: secretEntries.filter(isKept).map(({ name }) => name),
    wiped: wiped.map(({ name }) => name),
    readFrom: new Map(),
  };
}

function openStore(
  values: ReadonlyMap<string, Uint8Array>,
  options: Parameters<typeof SecretStore.open>[1],
): SecretStore {
  try {
    return SecretStore.open(values, options);
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    throw new KernelError(
      `Cannot lock memory for secrets: ${error.call} failed with ${error.code}; raise RLIMIT_MEMLOCK (ulimit -l) or grant CAP_IPC_LOCK`,
      { cause: error },
    );
  }
}
