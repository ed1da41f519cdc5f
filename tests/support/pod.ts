/**
 * A container as a strict cluster would run it: one of the roots, the wrapper,
 * the test's static application, a Vault on loopback; uid 65532, read-only,
 * no capabilities, default seccomp profile, 64 KiB of lockable memory.
 */
import { makeRoot, type Root, type RootKind } from "../../tools/roots.ts";
import type { FurnishedVault } from "./furnished_vault.ts";
import { Output } from "./output.ts";
import { compileProgram } from "./programs.ts";
import { type Bundle, type BundleOptions, makeBundle } from "./runc.ts";
import { WRAPPER } from "./wrapper.ts";

const KIB = 1024;

/** Lockable memory as many engines give it. */
export function lockable(kib: number) {
  return { type: "RLIMIT_MEMLOCK", soft: kib * KIB, hard: kib * KIB };
}

/** A root with wrapper, application and the authority of `vault`. */
export function makePodRoot(
  kind: RootKind,
  vault?: FurnishedVault,
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
  /** What `/app` is told. */
  readonly words: readonly string[];
  /** With it the container has the machine's network, and DB_PASSWORD as a secret. */
  readonly vault?: FurnishedVault;
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

/** A pod that runs, with what it prints. */
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

  /** Its exit status, when all that it printed is there. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await Promise.all([this.stdout.done, this.stderr.done]);
    return code;
  }
}
