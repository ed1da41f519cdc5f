/**
 * The application's life over restarts: started, started anew when its secrets
 * have changed and that is wanted, and ended once. The last end is the wrapper's.
 */
import { type Application, describeEnding } from "./application.ts";
import { closeDescriptors, type Handover } from "./handoff.ts";
import type { Interposer } from "./interposer.ts";
import { EXIT, messageOf, PolicyError, WrapperError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { Counter } from "@/base/metric.ts";
import type { RotationPolicy } from "@/config/policy.ts";
import type { Ending } from "@/process/children.ts";
import { SIGKILL, signalName } from "@/base/signals.ts";
import type { SignalRouter } from "./signal_router.ts";

const RESTARTS = new Counter(
  "cloudtaser_application_restarts_total",
  "Starts of the application after the first",
).add(0);

/** What a life is lived with. */
export interface LifeOptions {
  readonly application: Application;
  readonly router: SignalRouter;
  readonly log: Log;
  /** Entries for execve with the secrets of now. */
  readonly environment: () => Uint8Array[];
  readonly interposer: Interposer;
  /** Without a hand-over it is not to be started (CLOUDTASER_INTERPOSE=require). */
  readonly mustInterpose: boolean;
}

/** From the first start to the last end. */
export class ApplicationLife {
  readonly #options: LifeOptions;
  /** Set while a restart waits for the old application's end. */
  #restart: PromiseWithResolvers<boolean> | undefined;
  #finalStatus: number | undefined;
  /** Stands before its first instruction, with its secrets taken over. */
  #standing: Promise<Ending> | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  /**
   * Where the application takes its secrets over: starts it as far as that, so that the proofs can look
   * at it. None of its own code has run.
   *
   * @throws WrapperError when it cannot be started, or not so and that is demanded
   */
  async prepare(): Promise<void> {
    const { interposer } = this.#options;
    const handover = interposer.pack();
    if (handover) await this.#handOver(handover);
    if (this.#options.mustInterpose && interposer.reason !== "") {
      throw new PolicyError(
        `The application is not started: CLOUDTASER_INTERPOSE=require, and its secrets cannot be handed over: ${interposer.reason}`,
      );
    }
  }

  async #handOver(handover: Handover): Promise<void> {
    const { application, router, interposer } = this.#options;
    const early = router.takeEarly();
    try {
      this.#standing = application.startWith(handover, early);
    } finally {
      closeDescriptors(handover);
    }
    if (!this.#standing) {
      router.keep(early);
      return interposer.giveUp(
        "its program was changed, or the kernel refuses to hold it until it has (ptrace: seccomp, kernel.yama.ptrace_scope)",
      );
    }
    router.attach(application);
    const isAdopted = await interposer.isAdopted(handover, this.#standing);
    if (!isAdopted && !router.endAsked) await this.#fallBack();
  }

  /** Ends an application that was prepared and is not to begin. */
  async abandon(): Promise<void> {
    const { application, router } = this.#options;
    application.signal(SIGKILL);
    await this.#standing;
    this.#standing = undefined;
    router.detach();
  }

  /**
   * Starts the application now, or lets the prepared one go.
   *
   * @returns the status that the wrapper shall exit with, once it is over
   * @throws WrapperError when it cannot be started the first time
   */
  begin(): Promise<number> {
    return this.#live(this.#start());
  }

  /** Acts on changed secrets. True when the application runs anew with them. */
  rotate(policy: RotationPolicy, names: readonly string[]): Promise<boolean> {
    const { application, log } = this.#options;
    const what = `Changed: ${names.join(", ")}`;
    switch (policy.kind) {
      case "none":
        log.info(
          `${what}; the application keeps what it was started with (CLOUDTASER_ON_ROTATE=none)`,
        );
        return Promise.resolve(false);
      case "signal":
        log.info(
          `${what}; sending ${signalName(policy.signo)} to the application`,
        );
        application.signal(policy.signo);
        return Promise.resolve(false);
      case "update":
        this.#update(what, names);
        return Promise.resolve(false);
      case "restart":
        log.info(`${what}; starting the application anew`);
        this.#restart ??= Promise.withResolvers<boolean>();
        application.stop();
        return this.#restart.promise;
    }
  }

  #update(what: string, names: readonly string[]): void {
    const { interposer, log } = this.#options;
    const obstacle = interposer.update(names);
    if (obstacle === undefined) {
      log.info(`${what}; the application sees it when it reads again`);
    } else {
      log.warn(`${what}; the application keeps what it has: ${obstacle}`);
    }
  }

  /** Ends the application for a reason of ours; the wrapper exits with `status`. */
  terminate(status: number): void {
    if (this.#finalStatus !== undefined) return;
    this.#finalStatus = status;
    this.#options.application.stop();
  }

  #start(): Promise<Ending> {
    const { application, router, environment, interposer } = this.#options;
    const standing = this.#standing;
    this.#standing = undefined;
    if (standing) {
      interposer.release();
      return standing;
    }
    const ended = application.start(environment(), router.takeEarly());
    router.attach(application);
    return ended;
  }

  /** It did not take over, whatever it has seen: it begins anew, in the ordinary way. */
  async #fallBack(): Promise<void> {
    const { interposer, log } = this.#options;
    await this.abandon();
    interposer.giveUp("the application did not take them over when started");
    log.warn("The application did not take its secrets over, starting it anew");
  }

  async #live(first: Promise<Ending>): Promise<number> {
    let ended = first;
    for (;;) {
      const ending = await ended;
      const restart = this.#takeRestart();
      if (
        !restart || this.#options.router.endAsked ||
        this.#finalStatus !== undefined
      ) {
        restart?.resolve(false);
        this.#options.log.debug(`The application ${describeEnding(ending)}`);
        return this.#finalStatus ?? ending.code;
      }
      try {
        await this.prepare();
        if (this.#options.router.endAsked && !this.#standing) {
          restart.resolve(false);
          return this.#finalStatus ?? ending.code;
        }
        ended = this.#start();
        RESTARTS.add(1);
        restart.resolve(true);
      } catch (error) {
        restart.resolve(false);
        return this.#giveUp(error);
      }
    }
  }

  /** Signals that come between two lives wait for the second. */
  #takeRestart(): PromiseWithResolvers<boolean> | undefined {
    const restart = this.#restart;
    this.#restart = undefined;
    if (restart) {
      this.#options.router.detach();
      this.#options.application.killRest();
    }
    return restart;
  }

  #giveUp(error: unknown): number {
    this.#options.log.error(messageOf(error));
    return error instanceof WrapperError ? error.exitCode : EXIT.internal;
  }
}
