/**
 * Runs the compiled binary: to its end, or as a handle that a test talks to.
 * The environment is exactly what the test says and nothing of the test's own.
 */
import { type Arch, HOST } from "../../tools/build/target.ts";
import { binaryOf } from "../../tools/compile.ts";
import { freePort } from "../../tools/free_port.ts";
import { Output } from "./output.ts";
import { type Raw, type RawEnvironment, rawExec } from "./raw_exec.ts";

/** The binary under test; WRAPPER_BINARY names another. */
export const WRAPPER = Deno.env.get("WRAPPER_BINARY") ??
  new URL("../../dist/cloudtaser-wrapper", import.meta.url).pathname;

/** The compiled binary for a processor. */
export function wrapperFor(arch: Arch): string {
  return arch === HOST ? WRAPPER : binaryOf(arch);
}

/** An environment of text, without duplicates. */
export type NamedEnvironment = Readonly<Record<string, string>>;

/** How to run it. */
export interface WrapperOptions {
  /** Arguments after argv[0]. */
  readonly args: readonly Raw[];
  /**
   * The environment, by name, or as raw `NAME=value` in their order. Only
   * CLOUDTASER_LISTEN is added when it is not there.
   */
  readonly env?: NamedEnvironment | RawEnvironment;
  readonly cwd?: string;
  readonly uid?: number;
  /** As PID 1 of a new PID namespace (needs root). */
  readonly pidNamespace?: boolean;
  /** Words of a command before the binary, which executes the binary in its own place. */
  readonly within?: readonly string[];
  /** After this it is killed and the run fails. Default 30,000. */
  readonly timeoutMs?: number;
}

/** How a run ended. */
export interface WrapperResult {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Uint8Array;
  readonly millis: number;
}

/** Runs it to its end; the status server is off. @throws Error on timeout */
export async function runWrapper(
  options: WrapperOptions,
): Promise<WrapperResult> {
  await using wrapper = new Wrapper(options, "off");
  return await wrapper.ended;
}

/** Starts it with its status server on a free port of loopback. */
export function startWrapper(options: WrapperOptions): Wrapper {
  return new Wrapper(options, `127.0.0.1:${freePort()}`);
}

/** A running wrapper; also `await using`. */
export class Wrapper {
  /** Resolves at its end; rejects after the timeout. */
  readonly ended: Promise<WrapperResult>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #process: Deno.ChildProcess;
  readonly #listen: string;
  readonly #pidNamespace: boolean;

  constructor(options: WrapperOptions, listen: string) {
    const startedAt = performance.now();
    this.#listen = listen;
    this.#pidNamespace = options.pidNamespace ?? false;
    this.#process = spawn(options, listen);
    this.stdout = new Output(this.#process.stdout);
    this.stderr = new Output(this.#process.stderr);
    this.ended = this.#end(startedAt, options.timeoutMs ?? 30_000);
    this.ended.catch(() => {});
  }

  /** The wrapper's process id, seen from outside its namespace. */
  get pid(): number {
    if (!this.#pidNamespace) return this.#process.pid;
    const [inner] = children(this.#process.pid);
    if (inner === undefined) throw new Error("The namespace has no process");
    return inner;
  }

  /** Waits for a line of the wrapper's log. @throws Error when it never comes */
  waitForLog(
    pattern: RegExp,
    options?: { readonly limitMs?: number; readonly count?: number },
  ): Promise<RegExpMatchArray> {
    return this.stderr.until(pattern, options);
  }

  /** Waits for output of the application. */
  async waitForOutput(
    pattern: RegExp,
    options?: { readonly limitMs?: number; readonly count?: number },
  ): Promise<RegExpMatchArray> {
    try {
      return await this.stdout.until(pattern, options);
    } catch (cause) {
      throw new Error(`${pattern}: log:\n${this.stderr.text}`, { cause });
    }
  }

  /** Sends a signal to the wrapper itself. */
  signal(name: Deno.Signal): void {
    Deno.kill(this.pid, name);
  }

  /** One page of its status server; `/v1/status` is parsed. */
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  async status(): Promise<any> {
    return JSON.parse(await this.page("/v1/status"));
  }

  /** Text of one page of its status server. */
  async page(path: string): Promise<string> {
    const response = await fetch(`http://${this.#listen}${path}`);
    return await response.text();
  }

  /** `host:port` of its status server. */
  get listen(): string {
    return this.#listen;
  }

  /** The application's process id, seen from outside. */
  get applicationPid(): number {
    const [application] = children(this.pid).filter((pid) => !isFetcher(pid));
    if (application === undefined) throw new Error("No application runs");
    return application;
  }

  /** The environment block of the application, name by name. */
  applicationEnvironment(): Map<string, string> {
    const block = Deno.readTextFileSync(`/proc/${this.applicationPid}/environ`);
    const entries = block.split("\0").filter((entry) => entry !== "");
    return new Map(entries.map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }));
  }

  /** Asks it to end with TERM and waits for the end. */
  async stop(): Promise<WrapperResult> {
    try {
      this.signal("SIGTERM");
    } catch {
      // It has ended already.
    }
    return await this.ended;
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.ended.catch(() => {});
  }

  /** Kills it and its children, which would survive it as orphans. */
  #kill(): void {
    try {
      const pids = [...children(this.pid), this.#process.pid];
      for (const pid of pids) Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async #end(startedAt: number, limitMs: number): Promise<WrapperResult> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#kill();
    }, limitMs);
    const { code, signal } = await this.#process.status;
    clearTimeout(timer);
    const millis = performance.now() - startedAt;
    await Promise.all([this.stdout.finish(), this.stderr.finish()]);
    if (late) {
      throw new Error(`Not ended after ${limitMs} ms\n${this.stderr.text}`);
    }
    return {
      code,
      signal,
      stdout: this.stdout.text,
      stderr: this.stderr.text,
      stdoutBytes: this.stdout.bytes,
      millis,
    };
  }
}

const NAMESPACE = [
  "unshare",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
  "--",
];

function spawn(options: WrapperOptions, listen: string): Deno.ChildProcess {
  const env = options.env ?? {};
  const words = isRaw(env)
    ? rawExec([WRAPPER, ...options.args], withListen(env, listen))
    : [WRAPPER, ...options.args.map(String)];
  const [command = "", ...args] = [
    ...(options.pidNamespace ? NAMESPACE : []),
    ...(options.within ?? []),
    ...words,
  ];
  return new Deno.Command(command, {
    args,
    clearEnv: true,
    // python3 and unshare are found through this process's PATH, the wrapper by its path.
    env: isRaw(env)
      ? { PATH: Deno.env.get("PATH") ?? "" }
      : { CLOUDTASER_LISTEN: listen, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(options.uid === undefined
      ? {}
      : { uid: options.uid, gid: options.uid }),
  }).spawn();
}

function isRaw(env: NamedEnvironment | RawEnvironment): env is RawEnvironment {
  return Array.isArray(env);
}

function withListen(env: RawEnvironment, listen: string): Raw[] {
  const name = "CLOUDTASER_LISTEN=";
  const known = env.some((entry) =>
    typeof entry === "string" && entry.startsWith(name)
  );
  return known ? [...env] : [...env, `${name}${listen}`];
}

/** A fetcher runs the wrapper's own file, hidden from users; one that was dismissed may still be there. */
function isFetcher(pid: number): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/exe`) === Deno.realPathSync(WRAPPER);
  } catch {
    return true;
  }
}

function children(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return Deno.readTextFileSync(path).split(" ").filter((word) => word !== "")
    .map(Number);
}
