/**
 * The application as a process: starts it, signals it, and kills it when it does
 * not stop in time. C forwards signals to it directly.
 */
import { FfiError } from "@ffi";
import { EXIT, WrapperError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { Config } from "@/config/load.ts";
import { encodeCString } from "@/process/own_blocks.ts";
import type { Children, Ending } from "@/process/children.ts";
import { SIGKILL, signalName, SIGTERM } from "@/base/signals.ts";
import { Timer } from "@/base/timer.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import { splitEnvironment } from "./environment.ts";
import { findCandidates } from "./path_search.ts";
import { describeFailure, show } from "./start_failure.ts";
import type { PackedHandoff } from "./handoff.ts";

const ENOENT = 2;

/** Settings of its stop. */
type StopSettings = Pick<Config, "killGroup" | "stopGraceMs" | "stopSignals">;

interface Started {
  readonly pid: number;
  readonly ended: Promise<Ending>;
}

/** One application, which may be started again after its end. */
export class Application {
  readonly #children: Children;
  readonly #argv: readonly Uint8Array[];
  readonly #ingested: Ingested;
  readonly #settings: StopSettings;
  readonly #log: Log;
  #pid = 0;
  #lastPid = 0;
  #graceTimer: Timer | undefined;

  /** @param argv each with its NUL */
  constructor(
    children: Children,
    argv: readonly Uint8Array[],
    ingested: Ingested,
    log: Log,
  ) {
    this.#children = children;
    this.#argv = argv;
    this.#ingested = ingested;
    this.#settings = ingested.config;
    this.#log = log;
  }

  /** 0 while it is not running. */
  get pid(): number {
    return this.#pid;
  }

  /** True after the first stop signal. */
  get isStopping(): boolean {
    return this.#graceTimer !== undefined;
  }

  /**
   * Starts it with the secrets in its environment.
   *
   * @param early signals that arrived before, delivered in order
   * @returns its end
   * @throws WrapperError 127 not found, 126 not executable, 71 kernel error
   */
  start(early: readonly number[]): Promise<Ending> {
    return this.#adopt(this.#exec(), early);
  }

  /**
   * Starts it with a hand-off and stops it before its first instruction.
   *
   * @returns its end; undefined: its program does not support the interposer, and nothing was started
   * @throws WrapperError as `start`
   */
  startInterposed(
    packed: PackedHandoff,
    early: readonly number[],
  ): Promise<Ending> | undefined {
    const { path, envp } = packed;
    try {
      const started = this.#spawn([path], [...this.#argv], envp, packed);
      return this.#adopt(started, early);
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      if (error.code === "EOPNOTSUPP") return undefined;
      throw describeFailure(path, error);
    }
  }

  #adopt({ pid, ended }: Started, early: readonly number[]): Promise<Ending> {
    this.#pid = pid;
    this.#children.forwardSignalsTo(pid, this.#settings.killGroup);
    for (const signo of early) this.signal(signo);
    return ended.finally(() => this.#forget());
  }

  /**
   * Sends a signal, with CLOUDTASER_KILL_GROUP to its process group.
   *
   * @returns false when it has ended
   */
  signal(signo: number): boolean {
    if (!this.#pid) return false;
    try {
      return this.#children.kill(this.#pid, signo, this.#settings.killGroup);
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      this.#log.warn(
        `Cannot send ${
          signalName(signo)
        } to the application: ${error.code}; it does not receive this signal`,
      );
      return true;
    }
  }

  /** Sends the stop signal, and KILL after the grace period. */
  stop(): void {
    this.signal(this.#settings.stopSignals[0] ?? SIGTERM);
    this.beginGrace();
  }

  /** Starts the grace period with the first stop signal; later ones do not extend it. */
  beginGrace(): void {
    const graceMs = this.#settings.stopGraceMs;
    if (!this.#pid || graceMs === undefined || this.#graceTimer !== undefined) {
      return;
    }
    this.#graceTimer = new Timer(graceMs, () => {
      this.#log.warn(
        `The application did not stop within ${
          graceMs / 1000
        } s (CLOUDTASER_STOP_GRACE), sending KILL to its process group`,
      );
      this.#children.kill(this.#pid, SIGKILL, true);
    });
  }

  /**
   * Kills what the ended application left in its process group, so that it does
   * not overlap with the next one.
   */
  killGroup(): void {
    if (this.#lastPid) this.#children.kill(this.#lastPid, SIGKILL, true);
  }

  #forget(): void {
    this.#lastPid = this.#pid;
    this.#graceTimer?.cancel();
    this.#graceTimer = undefined;
    this.#pid = 0;
  }

  #exec(): Started {
    const { plain, secrets } = splitEnvironment(this.#ingested);
    const environment = [...plain, ...secrets];
    const argv = [...this.#argv];
    const program = argv[0] ?? new Uint8Array(1);
    const paths = findCandidates(program, environment);
    try {
      return this.#spawnAny(paths, argv, environment);
    } catch (error) {
      throw error instanceof FfiError ? describeFailure(program, error) : error;
    }
  }

  /** As execvp(3): runs a file of unknown format with sh. */
  #spawnAny(
    paths: Uint8Array[],
    argv: Uint8Array[],
    environment: Uint8Array[],
  ) {
    try {
      return this.#spawn(paths, argv, environment);
    } catch (error) {
      if (!(error instanceof FfiError) || error.code !== "ENOEXEC") throw error;
      return this.#asScript(paths, argv, environment);
    }
  }

  /** Finds the first file of unknown format and runs it with sh. */
  #asScript(
    paths: Uint8Array[],
    argv: Uint8Array[],
    environment: Uint8Array[],
  ) {
    for (const path of paths) {
      try {
        return this.#spawn([path], argv, environment);
      } catch (error) {
        if (!(error instanceof FfiError)) throw error;
        if (error.code === "ENOEXEC") {
          return this.#withShell(path, argv, environment);
        }
      }
    }
    throw new FfiError("execve", ENOENT);
  }

  #withShell(path: Uint8Array, argv: Uint8Array[], environment: Uint8Array[]) {
    const shell = encodeCString("/bin/sh");
    const shellArgv = [shell, path, ...argv.slice(1)];
    try {
      return this.#spawn([shell], shellArgv, environment);
    } catch (error) {
      if (!(error instanceof FfiError) || error.code === "E2BIG") throw error;
      throw new WrapperError(
        `Cannot start ${
          show(argv[0])
        }: unknown executable format, and there is no /bin/sh to run it as a script`,
        EXIT.notExecutable,
      );
    }
  }

  #spawn(
    paths: Uint8Array[],
    argv: Uint8Array[],
    envp: readonly Uint8Array[],
    packed?: PackedHandoff,
  ): Started {
    const nofileSoft = readOriginalNofile();
    return this.#children.start({
      paths,
      argv,
      envp,
      ownGroup: true,
      // The end of PID 1 ends all processes; otherwise the application must not outlive its wrapper.
      dieWithUs: Deno.pid !== 1,
      ...(packed && { handoff: packed }),
      ...(nofileSoft !== undefined && { nofileSoft }),
    });
  }
}

/** The soft RLIMIT_NOFILE before Deno raised it, recorded by the stub. */
function readOriginalNofile(): bigint | undefined {
  const text = Deno.env.get("CT_NOFILE_SOFT");
  return text === undefined ? undefined : BigInt(text);
}

/** For the log: how it ended. */
export function describeEnding({ code, signal, dumped }: Ending): string {
  if (!signal) return `exited with code ${code}`;
  return `was killed by ${signalName(signal)}${dumped ? " (core dumped)" : ""}`;
}
