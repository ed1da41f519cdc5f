/**
 * Replaces a secret set: notifies or restarts the application, and revokes the
 * old leases and token when the application no longer uses them.
 */
import type { Log } from "@/base/log.ts";
import { messageOf } from "@/base/errors.ts";
import type { SecretSet } from "./store.ts";
import type { VaultSession } from "./vault_session.ts";

/** A secret set that a newer fetch replaced. */
export interface Replaced {
  readonly secretSet: SecretSet;
  readonly tokenIsOurs: boolean;
  readonly leases: string[];
}

/** What a rotation needs. */
export interface RotationOptions {
  readonly session: VaultSession;
  readonly log: Log;
  /** Called with the names of changed variables; resolves to true when the application was restarted. */
  readonly onRotated: (names: readonly string[]) => Promise<boolean>;
  /** Time limit of one revocation. */
  readonly revokeLimitMs: number;
}

/** Runs rotations one after the other. */
export class Rotation {
  readonly #options: RotationOptions;
  /** Replaced, but possibly still used by the running application. */
  #retired: Replaced | undefined;
  /** The queue; its last entry ends with the application at the latest. */
  #pending: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /**
   * Queues a rotation without waiting for it: a restart takes as long as the old
   * application needs to stop, and renewals must not wait for that.
   */
  begin(changed: readonly string[], replaced: Replaced | undefined): void {
    this.#pending = this.#pending.then(() => this.#rotate(changed, replaced));
  }

  /** The application has ended: revokes everything that was replaced. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#pending;
    const retired = this.#retired;
    this.#retired = undefined;
    if (retired) await this.#revoke(retired);
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
      log.warn(
        `Cannot act on changed secrets (CLOUDTASER_ON_ROTATE): ${
          messageOf(error)
        }; the application may keep old values: restart it`,
      );
    }
  }

  /** Revokes old leases unless the application may still use them. */
  async #release(old: Replaced, isRestarted: boolean): Promise<void> {
    const earlier = this.#retired;
    this.#retired = undefined;
    earlier?.secretSet.arena.close();
    const isInUse = old.leases.length > 0 && !isRestarted && !this.#isOver;
    if (isInUse) this.#retired = old;
    else await this.#revoke(old);
  }

  async #revoke(old: Replaced): Promise<void> {
    const { session, revokeLimitMs } = this.#options;
    const { tokenIsOurs: token, leases, secretSet } = old;
    await session.revoke({ token, leases, secretSet }, revokeLimitMs);
    secretSet.arena.close();
  }
}
