/**
 * The application as a process: started with its secrets, stopped with a grace,
 * and its end told once. Signals reach it in C, without passing through here.
 */
import { FfiError } from "@ffi";
import { EXIT, WrapperError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { encodeCString } from "@/process/own_image.ts";
import type { Children, Ending } from "@/process/children.ts";
import { SIGKILL, signalName } from "@/base/signals.ts";
import { findVariable } from "./environment.ts";
import { findCandidates } from "./command.ts";
import { describeFailure, show } from "./start_failure.ts";
import type { Handover } from "./handoff.ts";

const ENOENT = 2;

/** What is started, and how it is ended. */
export interface ApplicationOptions {
  /** Each with its NUL. */
  readonly argv: readonly Uint8Array[];
  /** Forward signals to the whole process group. */
  readonly killGroup: boolean;
  /** From the first stop signal to KILL; undefined: never. */
  readonly graceMs: number | undefined;
  /** What we ask it to end with. */
  readonly stopSignal: number;
  /** Soft RLIMIT_NOFILE as it was before the runtime raised it. */
  readonly nofileSoft: bigint | undefined;
}

interface Started {
  readonly pid: number;
  readonly ended: Promise<Ending>;
}

/** One application; it may be started several times, one life after the other. */
export class Application {
  readonly #children: Children;
  readonly #options: ApplicationOptions;
  readonly #log: Log;
  #pid = 0;
  #lastPid = 0;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(children: Children, options: ApplicationOptions, log: Log) {
    this.#children = children;
    this.#options = options;
    this.#log = log;
  }

  /** 0 while it does not run. */
  get pid(): number {
    return this.#pid;
  }

  /** True once it was asked to end. */
  get isStopping(): boolean {
    return this.#graceTimer !== undefined;
  }

  /**
   * Starts it.
   *
   * @param environment entries for execve, see makeChildEnvironment
   * @param early signals that came before it existed, delivered in their order
   * @returns its end
   * @throws WrapperError 127 not found, 126 not executable, 71 the kernel refuses
   */
  start(
    environment: Uint8Array[],
    early: readonly number[],
  ): Promise<Ending> {
    return this.#take(this.#exec(environment), early);
  }

  /**
   * Starts it with its secrets to take over. It has, and waits, or is killed before any code of its own.
   *
   * @returns its end; undefined: its program cannot take them over, and nothing was started
   * @throws WrapperError as `start`
   */
  startWith(
    handover: Handover,
    early: readonly number[],
  ): Promise<Ending> | undefined {
    const argv = [...this.#options.argv];
    const { path, envp } = handover;
    try {
      return this.#take(this.#spawn([path], argv, envp, handover), early);
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      if (error.code === "EOPNOTSUPP") return undefined;
      throw describeFailure(path, error);
    }
  }

  #take(
    { pid, ended }: Started,
    early: readonly number[],
  ): Promise<Ending> {
    this.#pid = pid;
    this.#children.mind(pid, this.#options.killGroup);
    for (const signo of early) this.signal(signo);
    return ended.finally(() => this.#forget());
  }

  /**
   * Sends a signal, to the group when that is asked for.
   *
   * @returns false when it is gone
   */
  signal(signo: number): boolean {
    if (!this.#pid) return false;
    try {
      return this.#children.kill(this.#pid, signo, this.#options.killGroup);
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      this.#log.warn(
        `Cannot send ${signalName(signo)} to the application: ${error.code}`,
      );
      return true;
    }
  }

  /** Asks it to end, and ends it with KILL when the grace is over. */
  stop(): void {
    this.signal(this.#options.stopSignal);
    this.beginGrace();
  }

  /** The clock to KILL starts with the first request to end, and is not set back by others. */
  beginGrace(): void {
    const { graceMs } = this.#options;
    if (!this.#pid || graceMs === undefined || this.#graceTimer !== undefined) {
      return;
    }
    this.#graceTimer = setTimeout(() => {
      this.#log.warn(
        `The application did not end within ${
          graceMs / 1000
        } s, sending KILL to its process group (CLOUDTASER_STOP_GRACE)`,
      );
      this.#children.kill(this.#pid, SIGKILL, true);
    }, graceMs);
  }

  /**
   * Ends what the application left behind in its process group. Only before a
   * restart: two lives must not overlap.
   */
  killRest(): void {
    if (this.#lastPid) this.#children.kill(this.#lastPid, SIGKILL, true);
  }

  #forget(): void {
    this.#lastPid = this.#pid;
    clearTimeout(this.#graceTimer);
    this.#graceTimer = undefined;
    this.#pid = 0;
  }

  #exec(environment: Uint8Array[]): Started {
    const argv = [...this.#options.argv];
    const program = argv[0] ?? new Uint8Array(1);
    const paths = findCandidates(program, findVariable(environment, "PATH"));
    try {
      return this.#spawnAny(paths, argv, environment);
    } catch (error) {
      throw error instanceof FfiError ? describeFailure(program, error) : error;
    }
  }

  /** As shells and execvp(3) do: a file without a known format is a script of sh. */
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

  /** Looks again for the file that has no format, and hands it to sh. */
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
    const words = [shell, path, ...argv.slice(1)];
    try {
      return this.#spawn([shell], words, environment);
    } catch (error) {
      if (!(error instanceof FfiError) || error.code === "E2BIG") throw error;
      throw new WrapperError(
        `Cannot start ${
          show(argv[0])
        }: it has no known executable format and there is no /bin/sh`,
        EXIT.notExecutable,
      );
    }
  }

  #spawn(
    paths: Uint8Array[],
    argv: Uint8Array[],
    envp: readonly Uint8Array[],
    handover?: Handover,
  ): Started {
    const { nofileSoft } = this.#options;
    return this.#children.start({
      paths,
      argv,
      envp,
      ownGroup: true,
      // PID 1's end is everybody's anyway. An application without its wrapper would run unsupervised.
      dieWithUs: Deno.pid !== 1,
      ...(handover && { handed: handover }),
      ...(nofileSoft !== undefined && { nofileSoft }),
    });
  }
}

/** For the log: how it ended. */
export function describeEnding({ code, signal }: Ending): string {
  return signal ? `was ended by ${signalName(signal)}` : `exited with ${code}`;
}
