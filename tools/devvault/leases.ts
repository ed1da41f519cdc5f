/**
 * Leases of dynamic secrets: each belongs to a token and dies with it, when it
 * is revoked, or when its time is over by the clock.
 */
import { Refusal } from "./answer.ts";
import { type Grant, prolong } from "./lifetime.ts";
import { letters, type Token } from "./tokens.ts";

/** A living lease. Times are milliseconds since the epoch. */
export interface Lease {
  readonly id: string;
  readonly path: string;
  readonly tokenId: string;
  readonly issuedAt: number;
  readonly defaultSeconds: number;
  readonly maxSeconds: number;
  renewedAt: number | undefined;
  expiresAt: number;
  /** Called once, with the moment at which it ended. */
  readonly onEnd: (at: number) => void;
}

/** What a new lease is to be like. */
export interface LeaseWish {
  /** Request path with its namespace: `database/creds/app`. */
  readonly path: string;
  readonly token: Token;
  readonly seconds: number;
  readonly maxSeconds: number;
  readonly onEnd: (at: number) => void;
}

/** Every lease of a server. */
export class LeaseStore {
  readonly #leases = new Map<string, Lease>();

  /** Makes a lease. */
  issue(wish: LeaseWish): Lease {
    const now = Date.now();
    const life = Math.min(wish.seconds, wish.maxSeconds);
    const lease: Lease = {
      id: `${wish.path}/${letters(24)}`,
      path: wish.path,
      tokenId: wish.token.id,
      issuedAt: now,
      defaultSeconds: life,
      maxSeconds: wish.maxSeconds,
      renewedAt: undefined,
      expiresAt: now + life * 1000,
      onEnd: wish.onEnd,
    };
    this.#leases.set(lease.id, lease);
    return lease;
  }

  /** The living lease of this id. @throws Refusal 400 with `complaint` */
  find(id: string, complaint: string): Lease {
    this.sweep();
    const lease = this.#leases.get(id);
    if (!lease) throw new Refusal(400, complaint);
    return lease;
  }

  /**
   * Gives it `wanted` seconds from now, or its default; never beyond max.
   * @throws Refusal 400 when less than a second is left of its longest life
   */
  renew(lease: Lease, wanted: number | undefined): Grant {
    const now = Date.now();
    const grant = prolong(lease.issuedAt, now, {
      maxSeconds: lease.maxSeconds,
      wantedSeconds: wanted || lease.defaultSeconds,
    });
    lease.renewedAt = now;
    lease.expiresAt = now + grant.seconds * 1000;
    return grant;
  }

  /** Ends it; an unknown id is nothing to complain about, as in Vault. */
  revoke(id: string, at = Date.now()): void {
    const lease = this.#leases.get(id);
    if (!lease) return;
    this.#leases.delete(id);
    lease.onEnd(at);
  }

  /** Ends everything that this token holds. */
  revokeOf(tokenId: string, at: number): void {
    for (const lease of [...this.#leases.values()]) {
      if (lease.tokenId === tokenId) {
        this.revoke(lease.id, Math.min(at, lease.expiresAt));
      }
    }
  }

  /** Ends what has expired; called before anything is looked at. */
  sweep(now = Date.now()): void {
    for (const lease of [...this.#leases.values()]) {
      if (lease.expiresAt <= now) this.revoke(lease.id, lease.expiresAt);
    }
  }
}
