/**
 * Renews token and leases while the application runs, fetches the secrets again
 * when they cannot be renewed, and revokes everything at the end. A failure is a
 * warning, because the application already has its secrets. It uses the
 * monotonic clock: a wall clock that is set back must not let a lease expire.
 */
import type { Log } from "@/base/log.ts";
import { MAX_DURATION_MS, renderDuration } from "@/base/duration.ts";
import { messageOf, TokenRefusedError } from "@/base/errors.ts";
import { Counter } from "@/base/metric.ts";
import { Timer } from "@/base/timer.ts";
import type { SecretStore } from "./store.ts";
import { Rotation } from "./rotation.ts";
import type { TokenInfo } from "@/protocol/fetcher/messages.ts";
import type { Fetch, VaultSession } from "./vault_session.ts";
import { dueAt, endsAt, makeTerm, renewTerm, type Term } from "./lease_term.ts";

const RENEWALS = new Counter(
  "cloudtaser_lease_renewals_total",
  "Tokens and leases renewed",
).add(0);
const RENEWAL_FAILURES = new Counter(
  "cloudtaser_lease_renewal_failures_total",
  "Failed attempts to renew leases or to refresh secrets",
).add(0);

const TOKEN = Symbol("token");
type Key = typeof TOKEN | string;

/** Time for all revocations at the end, which must finish before Kubernetes sends KILL. */
const REVOKE_LIMIT_MS = 5000;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 60_000;
/** Terms that are due within this time are renewed in one job. */
const TOGETHER_MS = 500;

/** What the keeper needs. */
export interface KeeperOptions {
  readonly session: VaultSession;
  readonly store: SecretStore;
  readonly refreshMs: number | undefined;
  readonly log: Log;
  /** Called with the names of changed variables; resolves to true when the application was restarted. */
  readonly onRotated: (names: readonly string[]) => Promise<boolean>;
}

/** One timer for everything that expires. */
export class LeaseKeeper {
  readonly #options: KeeperOptions;
  readonly #rotation: Rotation;
  readonly #terms = new Map<Key, { term: Term; dueMs: number }>();
  #paths = new Map<string, string>();
  #tokenIsOurs = false;
  #refreshDueMs = Infinity;
  #failures = 0;
  /** Why the last attempt failed. */
  #reason = "";
  #timer: Timer | undefined;
  #isOver = false;

  constructor(options: KeeperOptions) {
    const { session, log, onRotated } = options;
    this.#options = options;
    this.#rotation = new Rotation({
      session,
      log,
      onRotated,
      revokeLimitMs: REVOKE_LIMIT_MS,
    });
  }

  /** Records what was fetched, so that end() revokes it. */
  hold({ report }: Fetch): void {
    this.#note(report);
  }

  /** Starts to renew. */
  begin(): void {
    this.#planRefresh();
    this.#schedule();
  }

  /** Seconds until the first of token and leases expires; undefined when none does. */
  get leaseTtlSeconds(): number | undefined {
    const millis = this.#millisLeft();
    return millis === undefined
      ? undefined
      : Math.max(0, Math.round(millis / 1000));
  }

  /** When that is, in seconds since the epoch. */
  get leaseExpirySeconds(): number | undefined {
    const millis = this.#millisLeft();
    return millis === undefined
      ? undefined
      : Math.round((Date.now() + millis) / 1000);
  }

  /** Until the first of token and leases expires; negative afterwards. */
  #millisLeft(): number | undefined {
    const ends = [...this.#terms.values()].map(({ term }) => endsAt(term));
    const first = Math.min(...ends);
    return Number.isFinite(first) ? first - performance.now() : undefined;
  }

  /** False while renewals fail. */
  get isHealthy(): boolean {
    return this.#failures === 0;
  }

  /** Revokes leases, and the token if the wrapper logged in. Bounded by REVOKE_LIMIT_MS. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    const leases = [...this.#paths.keys()];
    const { session } = this.#options;
    session.cancel(REVOKE_LIMIT_MS);
    await Promise.all([
      session.revoke({ token: this.#tokenIsOurs, leases }, REVOKE_LIMIT_MS),
      this.#rotation.end(),
    ]);
  }

  #note({ tokenInfo, leases }: Fetch["report"]): void {
    this.#tokenIsOurs = tokenInfo.issuedByLogin;
    this.#paths = new Map(leases.map((l) => [l.id, l.path]));
    const { renewable } = tokenInfo;
    const ttl = tokenInfo.ttlSeconds ?? this.#secondsOfKnownToken(tokenInfo);
    this.#terms.clear();
    this.#keep(TOKEN, makeTerm(ttl, renewable, performance.now()));
    for (const lease of leases) {
      this.#keep(
        lease.id,
        makeTerm(lease.ttlSeconds, lease.renewable, performance.now()),
      );
    }
  }

  /** A given token that ends between the reads and the look-up has no TTL there. */
  #secondsOfKnownToken({ issuedByLogin }: TokenInfo): number | undefined {
    const known = this.#terms.get(TOKEN);
    if (issuedByLogin || !known || known.term.isEndless) return undefined;
    const left = (endsAt(known.term) - performance.now()) / 1000;
    // Long after its end, reads that succeed had another token.
    return left > -2 ? left : undefined;
  }

  #keep(key: Key, term: Term): void {
    this.#terms.set(key, { term, dueMs: dueAt(term, Math.random()) });
  }

  #planRefresh(): void {
    const { refreshMs } = this.#options;
    this.#refreshDueMs = refreshMs === undefined
      ? Infinity
      : performance.now() + refreshMs;
  }

  #schedule(atLeastMs = 0): void {
    if (this.#isOver) return;
    const dues = [...this.#terms.values()].map((t) => t.dueMs);
    const next = Math.min(this.#refreshDueMs, ...dues);
    this.#timer?.cancel();
    if (!Number.isFinite(next)) return;
    // Timers have a maximum: waking early only schedules again.
    const wait = Math.min(
      Math.max(next - performance.now(), atLeastMs),
      MAX_DURATION_MS,
    );
    this.#timer = new Timer(wait, () => this.#wake());
  }

  async #wake(): Promise<void> {
    try {
      await this.#work();
      if (this.#failures > 0) {
        this.#options.log.info(
          `Refreshing secrets works again (failed attempts: ${this.#failures})`,
        );
      }
      this.#failures = 0;
      this.#reason = "";
      this.#schedule();
    } catch (error) {
      if (!this.#isOver) this.#schedule(this.#report(messageOf(error)));
    }
  }

  /** Warns once of each reason. @returns the time until the next attempt */
  #report(reason: string): number {
    const { log } = this.#options;
    RENEWAL_FAILURES.add(1);
    const wait = Math.min(RETRY_MIN_MS * 2 ** this.#failures++, RETRY_MAX_MS);
    const text =
      `Refreshing secrets failed: ${reason}; the application keeps its secrets, retrying in ${
        renderDuration(wait)
      }`;
    if (reason === this.#reason) log.debug(text);
    else log.warn(text);
    this.#reason = reason;
    return wait;
  }

  async #work(): Promise<void> {
    const soon = performance.now() + TOGETHER_MS;
    const due = [...this.#terms].filter(([, t]) => t.dueMs <= soon);
    if (due.some(([, t]) => t.term.isLast)) return await this.#refetch();
    if (due.length > 0 && !await this.#renew(due.map(([key]) => key))) {
      await this.#refetch();
    }
    if (this.#refreshDueMs <= soon) await this.#lookForChanges();
  }

  /** @returns false when something cannot be renewed further, so that all must be fetched again */
  async #renew(keys: Key[]): Promise<boolean> {
    const leases = keys.filter((key) => typeof key === "string");
    const report = await this.#options.session.renew({
      token: keys.includes(TOKEN),
      leases,
    });
    const now = performance.now();
    const token = this.#terms.get(TOKEN);
    if (report.tokenTtlSeconds !== undefined && token) {
      this.#keep(TOKEN, renewTerm(token.term, report.tokenTtlSeconds, now));
    }
    for (const { id, ttlSeconds } of report.leases) {
      const lease = this.#terms.get(id);
      if (lease) this.#keep(id, renewTerm(lease.term, ttlSeconds, now));
    }
    const renewed = keys.length - report.failed.length;
    RENEWALS.add(renewed);
    this.#options.log.debug(`Renewed ${renewed} of ${keys.length}`);
    if (report.failed.some((f) => f.final)) return false;
    const [first] = report.failed;
    if (first) throw new Error(first.reason);
    return true;
  }

  async #lookForChanges(): Promise<void> {
    const { store, log } = this.#options;
    const fetch = await this.#fetchStatic();
    if (fetch === "refused") return await this.#refetch();
    this.#planRefresh();
    if (!fetch) return;
    const changed = store.changedIn(fetch.secretSet);
    fetch.secretSet.arena.close();
    log.debug(`Checked for changes: ${changed.length} values changed`);
    if (changed.length > 0) await this.#refetch();
  }

  /** "refused": the token ended early, and only a new login or a new file has another. */
  async #fetchStatic(): Promise<Fetch | undefined | "refused"> {
    const { session } = this.#options;
    try {
      return await session.fetchStatic(new Set(this.#paths.values()));
    } catch (error) {
      if (error instanceof TokenRefusedError) return "refused";
      throw error;
    }
  }

  /** Logs in again, fetches everything, and starts the rotation of what it replaces. */
  async #refetch(): Promise<void> {
    const { session, store, log } = this.#options;
    const fetch = await session.fetch();
    if (this.#isOver) return fetch.secretSet.arena.close();
    const old = {
      tokenIsOurs: this.#tokenIsOurs,
      leases: [...this.#paths.keys()],
    };
    const changed = store.changedIn(fetch.secretSet);
    const replaced = store.adopt(fetch.secretSet);
    this.#note(fetch.report);
    this.#planRefresh();
    log.info(
      `Secrets refreshed: ${changed.length} of ${fetch.report.variables.length} changed`,
    );
    const replacing = replaced && { secretSet: replaced, ...old };
    this.#rotation.begin(changed, replacing);
  }
}
