/**
 * Tokens: issued, looked up, renewed, revoked, and dead when their time is
 * over by the clock. Their leases die with them (see leases.ts).
 */
import { randomBytes } from "node:crypto";
import { badToken, Refusal } from "./answer.ts";
import { type Grant, prolong } from "./lifetime.ts";

/** Vault's own longest life, 32 days. */
export const SYSTEM_MAX_SECONDS = 2_764_800;

/** A living token. Times are milliseconds since the epoch. */
export interface Token {
  readonly id: string;
  readonly accessor: string;
  readonly policies: readonly string[];
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly displayName: string;
  /** Where it was made: `auth/token/create`, `auth/jwt/login`. */
  readonly path: string;
  /** Namespace whose policies it carries: "" or `team/`. */
  readonly namespace: string;
  readonly entityId: string;
  readonly orphan: boolean;
  readonly renewable: boolean;
  readonly parent: string | undefined;
  readonly createdAt: number;
  readonly creationSeconds: number;
  /** 0: none. */
  readonly explicitMaxSeconds: number;
  readonly maxSeconds: number;
  /** undefined: never. */
  expiresAt: number | undefined;
  lastSeconds: number;
}

/** What a new token is to be like; seconds 0 with policy root: for ever. */
export interface TokenWish {
  readonly policies: readonly string[];
  readonly path: string;
  readonly namespace: string;
  readonly displayName: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly parent?: string;
  readonly orphan?: boolean;
  readonly renewable?: boolean;
  readonly entityId?: string;
  readonly seconds?: number;
  readonly explicitMaxSeconds?: number;
  readonly maxSeconds?: number;
  /** Set only for the root token of a new server. */
  readonly id?: string;
}

/** Every token of a server. */
export class TokenStore {
  readonly #tokens = new Map<string, Token>();
  readonly #onEnd: (token: Token, at: number) => void;

  /** `onEnd` is told of each token that was revoked or that expired. */
  constructor(onEnd: (token: Token, at: number) => void) {
    this.#onEnd = onEnd;
  }

  /** Makes a token. */
  issue(wish: TokenWish): Token {
    const max = longest(wish);
    const forEver = wish.policies.includes("root") && !wish.seconds;
    const life = forEver ? 0 : Math.min(wish.seconds || max, max);
    const now = Date.now();
    const suffix = wish.namespace === ""
      ? ""
      : `.${wish.namespace.slice(0, -1)}`;
    const token: Token = {
      id: wish.id ?? `s.${letters(24)}${suffix}`,
      accessor: `${letters(24)}${suffix}`,
      policies: wish.policies,
      metadata: wish.metadata ?? null,
      displayName: wish.displayName,
      path: wish.path,
      namespace: wish.namespace,
      entityId: wish.entityId ?? "",
      orphan: wish.orphan ?? false,
      renewable: wish.renewable ?? true,
      parent: wish.parent,
      createdAt: now,
      creationSeconds: life,
      explicitMaxSeconds: wish.explicitMaxSeconds ?? 0,
      maxSeconds: max,
      expiresAt: forEver ? undefined : now + life * 1000,
      lastSeconds: life,
    };
    this.#tokens.set(token.id, token);
    return token;
  }

  /** The living token of this id. @throws Refusal 403 */
  find(id: string): Token {
    this.sweep();
    const token = this.#tokens.get(id);
    if (!token) throw badToken();
    return token;
  }

  /**
   * Gives it `wanted` seconds from now, or its last life again; never beyond max.
   * @throws Refusal 400 when it cannot be renewed
   */
  renew(token: Token, wanted: number | undefined): Grant {
    if (token.expiresAt === undefined) {
      throw new Refusal(400, "invalid lease ID");
    }
    if (!token.renewable) throw new Refusal(400, "lease is not renewable");
    const now = Date.now();
    const grant = prolong(token.createdAt, now, {
      maxSeconds: token.maxSeconds,
      wantedSeconds: wanted || token.lastSeconds,
    });
    token.expiresAt = now + grant.seconds * 1000;
    token.lastSeconds = grant.seconds;
    return grant;
  }

  /** Ends it and its children, at once. */
  revoke(token: Token, at = Date.now()): void {
    if (!this.#tokens.delete(token.id)) return;
    this.#onEnd(token, at);
    for (const child of [...this.#tokens.values()]) {
      if (child.parent === token.id) this.revoke(child, at);
    }
  }

  /** Ends what has expired; called before anything is looked at. */
  sweep(now = Date.now()): void {
    for (const token of [...this.#tokens.values()]) {
      const end = token.expiresAt;
      if (end !== undefined && end <= now) this.revoke(token, end);
    }
  }
}

/** Whole seconds that a token has left, rounded as in logins and renewals. */
export function secondsLeft(token: Token): number {
  if (token.expiresAt === undefined) return 0;
  return Math.max(0, Math.round((token.expiresAt - Date.now()) / 1000));
}

function longest(wish: TokenWish): number {
  const limits = [wish.explicitMaxSeconds, wish.maxSeconds, SYSTEM_MAX_SECONDS];
  return Math.min(...limits.map((limit) => limit || SYSTEM_MAX_SECONDS));
}

/** Random letters and digits, as in Vault's ids. */
export function letters(count: number): string {
  const alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from(randomBytes(count), (octet) => alphabet[octet % 62])
    .join("");
}
