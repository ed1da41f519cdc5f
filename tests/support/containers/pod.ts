/**
 * A container of a strict cluster: the wrapper and the static test application
 * in a small root, Vault on loopback; uid 65532, read-only, no capabilities,
 * default seccomp profile, 64 KiB of lockable memory.
 */
import { makeRoot, type Root, type RootKind } from "../../../tools/roots.ts";
import { Output } from "../output.ts";
import { compileProgram } from "../programs.ts";
import { type Bundle, type BundleOptions, makeBundle } from "./runc.ts";
import type { TestVault } from "../test_vault.ts";
import { WRAPPER } from "../wrapper.ts";

const KIB = 1024;

/** A limit for locked memory; 64 KiB is the default of many engines. */
export function lockable(kib: number) {
  return { type: "RLIMIT_MEMLOCK", soft: kib * KIB, hard: kib * KIB };
}

/** A root with wrapper, application and the authority of `vault`. */
export function makePodRoot(
  kind: RootKind,
  vault?: TestVault,
): Promise<Root> {
  return makeRoot(kind, {
    files: {
      "/cloudtaser-wrapper": WRAPPER,
      "/app": compileProgram("app"),
      ...(vault && { "/ca.pem": vault.server.caFile }),
    },
  });
}

export interface PodOptions
  extends Omit<BundleOptions, "root" | "args" | "env" | "network"> {
  readonly root: Root;
  /** Arguments of `/app`. */
  readonly words: readonly string[];
  /** The container gets the host's network, and DB_PASSWORD as a secret. */
  readonly vault?: TestVault;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes the bundle; nothing runs yet. */
export function makePod(options: PodOptions): Promise<Bundle> {
  const { root, words, vault, env, ...rest } = options;
  const ours = {
    CLOUDTASER_LISTEN: "off",
    ...(vault && vault.env({ VAULT_CACERT: "/ca.pem" })),
    CLOUDTASER_LOG_LEVEL: "info",
    ...env,
  };
  return makeBundle({
    rlimits: [lockable(64)],
    ...rest,
    root: root.path,
    args: ["/cloudtaser-wrapper", "/app", ...words],
    env: Object.entries(ours).map(([name, value]) => `${name}=${value}`),
    network: vault ? "host" : "none",
  });
}

/** A running pod and its output. */
export class RunningPod {
  readonly bundle: Bundle;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #process: Deno.ChildProcess;

  constructor(bundle: Bundle) {
    this.bundle = bundle;
    this.#process = bundle.start();
    this.stdout = new Output(this.#process.stdout);
    this.stderr = new Output(this.#process.stderr);
  }

  /** Its exit status, once its output is complete. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await Promise.all([this.stdout.done, this.stderr.done]);
    return code;
  }
}
