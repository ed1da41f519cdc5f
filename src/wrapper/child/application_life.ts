/**
 * The application over restarts: its first start, a restart when its secrets
 * have changed and the policy says so, and its last end, which is the wrapper's.
 */
import { closeFd } from "@ffi";
import { type Application, describeEnding } from "./application.ts";
import type { PackedHandoff } from "./handoff.ts";
import type { Interposer } from "./interposer.ts";
import { EXIT, PolicyError, type WrapperError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { Counter } from "@/base/metric.ts";
import type { Ending } from "@/process/children.ts";
import { SIGKILL, signalName } from "@/base/signals.ts";
import type { Config } from "@/config/load.ts";
import type { SignalRouter } from "./signal_router.ts";

const RESTARTS = new Counter(
  "cloudtaser_application_restarts_total",
  "Starts of the application after the first",
).add(0);

const OWN_CODES: readonly number[] = Object.values(EXIT);

/** What a life works with. */
export interface LifeOptions {
  readonly application: Application;
  readonly router: SignalRouter;
  readonly interposer: Interposer;
  readonly config: Config;
  readonly log: Log;
}

/** From the first start to the last end. */
export class ApplicationLife {
  readonly #options: LifeOptions;
  /** Set while a restart waits for the old application's end. */
  #restart: PromiseWithResolvers<boolean> | undefined;
  /** Set when the wrapper ends the application. */
  #reason: WrapperError | undefined;
  /** The end of an interposed application that is stopped before its first instruction. */
  #prepared: Promise<Ending> | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  /**
   * Starts an interposed application up to its first instruction, so that the
   * proofs can examine it. Without interposition it does nothing.
   *
   * @throws WrapperError when it cannot be started, or not interposed although that is required
   */
  async prepare(): Promise<void> {
    const { interposer, config } = this.#options;
    const packed = interposer.pack();
    if (packed) await this.#startInterposed(packed);
    if (config.interpose === "require" && interposer.reason !== "") {
      throw new PolicyError(
        `The application is not started: CLOUDTASER_INTERPOSE=require, but the application cannot be interposed: ${interposer.reason}; correct this, or set CLOUDTASER_INTERPOSE=auto`,
      );
    }
  }

  /** Kills a prepared application that must not begin. */
  async abandon(): Promise<void> {
    const { application, router } = this.#options;
    application.signal(SIGKILL);
    await this.#prepared;
    this.#prepared = undefined;
    router.detach();
  }

  /**
   * Starts the application, or lets the prepared one begin.
   *
   * @returns the wrapper's exit code, when the application has ended for good
   * @throws WrapperError when a start fails; a later one rejects the promise, as
   * does the reason of `terminate`
   */
  begin(): Promise<number> {
    return this.#follow(this.#start());
  }

  /** Acts on changed secrets. @returns true when the application was restarted with them */
  rotate(names: readonly string[]): Promise<boolean> {
    const { application, config, log } = this.#options;
    const policy = config.onRotate;
    const changed = `Changed: ${names.join(", ")}`;
    switch (policy.kind) {
      case "none":
        log.info(
          `${changed}; the application keeps the old values (CLOUDTASER_ON_ROTATE=none)`,
        );
        return Promise.resolve(false);
      case "signal":
        log.info(
          `${changed}; sending ${signalName(policy.signo)} to the application`,
        );
        application.signal(policy.signo);
        return Promise.resolve(false);
      case "update":
        this.#update(changed, names);
        return Promise.resolve(false);
      case "restart":
        log.info(`${changed}; restarting the application`);
        this.#restart ??= Promise.withResolvers<boolean>();
        application.stop();
        return this.#restart.promise;
    }
  }

  /** Stops the application. Its end is then the wrapper's error `reason`. */
  terminate(reason: WrapperError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#options.application.stop();
  }

  async #startInterposed(packed: PackedHandoff): Promise<void> {
    const { application, router, interposer } = this.#options;
    const early = router.takeEarly();
    try {
      this.#prepared = application.startInterposed(packed, early);
    } finally {
      // The application inherited both, or was not started.
      packed.fds.forEach(closeFd);
    }
    if (!this.#prepared) {
      router.returnEarly(early);
      return interposer.giveUp(
        "its program was changed, or the kernel refuses to trace it until its start (seccomp, kernel.yama.ptrace_scope)",
      );
    }
    router.attach(application);
    const isAdopted = await interposer.awaitAdoption(packed, this.#prepared);
    if (!isAdopted && !router.isEndRequested) await this.#fallBack();
  }

  /** The application did not adopt its secrets: it is started again with them in its environment. */
  async #fallBack(): Promise<void> {
    const { interposer, log } = this.#options;
    await this.abandon();
    interposer.giveUp("the application did not adopt its secrets");
    log.warn(
      "The interposer did not load in the application; starting it with secrets in its environment (CLOUDTASER_INTERPOSE=auto)",
    );
  }

  #update(changed: string, names: readonly string[]): void {
    const { interposer, log } = this.#options;
    const obstacle = interposer.update(names);
    if (obstacle === undefined) {
      log.info(`${changed}; values updated in the running application`);
    } else {
      log.warn(`${changed}; the application keeps the old values: ${obstacle}`);
    }
  }

  #start(): Promise<Ending> {
    const { application, router, interposer } = this.#options;
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (prepared) {
      interposer.release();
      return prepared;
    }
    const ended = application.start(router.takeEarly());
    router.attach(application);
    return ended;
  }

  /** Waits for the end, over all restarts. */
  async #follow(first: Promise<Ending>): Promise<number> {
    const { router } = this.#options;
    let ended = first;
    for (;;) {
      const ending = await ended;
      const restart = this.#takeRestart();
      const isOver = router.isEndRequested || this.#reason !== undefined;
      this.#report(ending, isOver || restart !== undefined);
      if (!restart || isOver) {
        restart?.resolve(false);
        return this.#exitCode(ending);
      }
      try {
        await this.prepare();
        if (router.isEndRequested && !this.#prepared) {
          restart.resolve(false);
          return this.#exitCode(ending);
        }
        ended = this.#start();
        RESTARTS.add(1);
        const { application, log } = this.#options;
        log.info(`The application started again (pid ${application.pid})`);
        restart.resolve(true);
      } catch (error) {
        restart.resolve(false);
        throw error;
      }
    }
  }

  /** @throws WrapperError the reason, if the wrapper ended the application: the last line then has the wrapper's code */
  #exitCode({ code }: Ending): number {
    if (this.#reason) throw this.#reason;
    return code;
  }

  /** @param isWanted the end was asked for */
  #report(ending: Ending, isWanted: boolean): void {
    const isCrash = ending.signal !== 0 && (!isWanted || ending.dumped);
    // The line says that the code is the application's, not the wrapper's.
    const isAmbiguous = OWN_CODES.includes(ending.code);
    this.#options.log.line({
      level: isCrash || isAmbiguous ? "warning" : "info",
      message: `The application ${describeEnding(ending)}`,
      fields: {
        exit_code: ending.code,
        ...(ending.signal && { signal: signalName(ending.signal) }),
        ...(ending.dumped && { core_dumped: true }),
      },
    });
  }

  /** The restart that the end was for. Signals that arrive from here on wait for the new application. */
  #takeRestart(): PromiseWithResolvers<boolean> | undefined {
    const restart = this.#restart;
    this.#restart = undefined;
    if (restart) {
      this.#options.router.detach();
      this.#options.application.killGroup();
    }
    return restart;
  }
}
