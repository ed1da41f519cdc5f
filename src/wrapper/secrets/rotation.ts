/**
 * From older secrets to newer ones: the application is told or started anew, and
 * what the older ones lived on is given back once nobody uses it any more.
 */
import type { Log } from "@/base/log.ts";
import { messageOf } from "@/base/errors.ts";
import type { SecretSet } from "./store.ts";
import type { VaultSession } from "./vault_session.ts";

/** What a newer fetch took the place of. */
export interface Replaced {
  readonly secretSet: SecretSet;
  readonly tokenIsOurs: boolean;
  readonly leases: string[];
}

/** Whom a handover deals with. */
export interface HandoverOptions {
  readonly session: VaultSession;
  readonly log: Log;
  /** Tells that values have changed; true when the application has been started anew with them. */
  readonly onRotated: (names: readonly string[]) => Promise<boolean>;
  /** How long giving back may take. */
  readonly revokeLimitMs: number;
}

/** Handovers, one after the other. */
export class Handover {
  readonly #options: HandoverOptions;
  /** Replaced, but still used by the running application. */
  #retired: Replaced | undefined;
  /** One after the other; the last ends with the application at the latest. */
  #pending: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /**
   * Begins; what comes of it is not waited for: a restart takes as long as the
   * old application does, and leases do not wait.
   */
  begin(changed: readonly string[], replaced: Replaced | undefined): void {
    this.#pending = this.#pending.then(() => this.#rotate(changed, replaced));
  }

  /** The application is over: all that was replaced is given back. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#pending;
    const retired = this.#retired;
    this.#retired = undefined;
    if (retired) await this.#giveBack(retired);
  }

  async #rotate(
    changed: readonly string[],
    replaced: Replaced | undefined,
  ): Promise<void> {
    const { log, onRotated } = this.#options;
    try {
      const isRestarted = changed.length > 0 && await onRotated(changed);
      if (replaced) await this.#release(replaced, isRestarted);
    } catch (error) {
      log.warn(`Cannot act on changed secrets: ${messageOf(error)}`);
    }
  }

  /** Old leases are given back unless the application may still live on them. */
  async #release(old: Replaced, isRestarted: boolean): Promise<void> {
    const earlier = this.#retired;
    this.#retired = undefined;
    earlier?.secretSet.arena.close();
    const isInUse = old.leases.length > 0 && !isRestarted && !this.#isOver;
    if (isInUse) this.#retired = old;
    else await this.#giveBack(old);
  }

  async #giveBack(old: Replaced): Promise<void> {
    const { session, revokeLimitMs } = this.#options;
    const { tokenIsOurs: token, leases, secretSet } = old;
    await session.revoke({ token, leases, secretSet }, revokeLimitMs);
    secretSet.arena.close();
  }
}
