/**
 * A container of a strict cluster: the wrapper and the static test application
 * in a small root, Vault on loopback; uid 65532, read-only, no capabilities,
 * default seccomp profile, 64 KiB of lockable memory.
 */
import { makeRoot, type RootKind } from "../../../tools/roots.ts";
import type { Ran } from "../../../tools/run.ts";
import type { TemporaryFolder } from "../../../tools/temporary_folder.ts";
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

/** What differs between pods. */
export interface PodOptions
  extends Omit<BundleOptions, "root" | "args" | "env" | "network"> {
  /** What the root holds besides wrapper and application; `empty` by default. */
  readonly kind?: RootKind;
  /** More files of the root, by their path in it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Arguments of `/app`. */
  readonly words: readonly string[];
  /** The container gets the host's network, and DB_PASSWORD as a secret. */
  readonly vault?: TestVault;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running pod and its output; `await using` stops it and deletes its files. */
export class RunningPod implements AsyncDisposable {
  readonly bundle: Bundle;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #root: TemporaryFolder;
  readonly #process: Deno.ChildProcess;
  readonly #tty: boolean;

  private constructor(root: TemporaryFolder, bundle: Bundle, tty: boolean) {
    this.bundle = bundle;
    this.#root = root;
    this.#tty = tty;
    this.#process = bundle.start();
    this.stdout = new Output(this.#process.stdout);
    this.stderr = new Output(this.#process.stderr);
  }

  static async start(options: PodOptions): Promise<RunningPod> {
    const { kind = "empty", files, words, vault, env, ...rest } = options;
    const root = await makeRoot(kind, {
      files: {
        "/cloudtaser-wrapper": WRAPPER,
        "/app": compileProgram("app"),
        ...(vault && { "/ca.pem": vault.server.caFile }),
        ...files,
      },
    });
    const variables = {
      CLOUDTASER_LISTEN: "off",
      ...(vault && vault.env({ VAULT_CACERT: "/ca.pem" })),
      CLOUDTASER_LOG_LEVEL: "info",
      ...env,
    };
    const bundle = await makeBundle({
      rlimits: [lockable(64)],
      ...rest,
      root: root.path,
      args: ["/cloudtaser-wrapper", "/app", ...words],
      env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      network: vault ? "host" : "none",
    });
    return new RunningPod(root, bundle, options.tty ?? false);
  }

  /** Sends TERM, and waits for the end. @returns the exit status */
  async stop(): Promise<number> {
    await this.bundle.kill("TERM");
    return (await this.ended()).code;
  }

  /** Waits for its end, and for the end of its output. */
  async ended(): Promise<Ran> {
    const { code } = await this.#process.status;
    if (this.#tty) await this.#process.stdin.close().catch(() => {});
    await Promise.all([this.stdout.done, this.stderr.done]);
    return { code, stdout: this.stdout.text, stderr: this.stderr.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bundle[Symbol.asyncDispose]();
    await this.ended();
    await this.#root[Symbol.asyncDispose]();
  }
}

/** Starts one whose application prints `ready`, and waits for that. */
export async function startPod(options: PodOptions): Promise<RunningPod> {
  const pod = await RunningPod.start(options);
  await pod.stdout.until(/ready/);
  return pod;
}

/** Runs one to its end. */
export async function runPod(options: PodOptions): Promise<Ran> {
  await using pod = await RunningPod.start(options);
  return await pod.ended();
}
