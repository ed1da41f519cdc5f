/**
 * The wrapper's dealings with Vault, job by job: fetch, look for changes,
 * renew, revoke. One job at a time. It decides nothing about when.
 */
import type { Log } from "@/base/log.ts";
import { messageOf } from "@/base/errors.ts";
import type { FetcherProcess } from "./fetcher_process.ts";
import type {
  CredentialName,
  FetchReport,
  RenewReport,
} from "@/protocol/fetcher/messages.ts";
import { type JobOptions, runJob } from "./run_fetcher.ts";
import type { SecretSet, SecretStore } from "./store.ts";
import type { Children } from "@/process/children.ts";
import type { FileOrigin } from "@/protocol/fetcher/messages.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { countJob } from "./job_counts.ts";

/** What jobs are done with. */
export interface SessionOptions {
  readonly children: Children;
  readonly store: SecretStore;
  readonly settings: VaultSettings;
  readonly plan: Plan;
  readonly tokenNames: readonly string[];
  readonly log: Log;
  readonly onFileRead: (origin: FileOrigin) => void;
  /** A fetcher that was started beside us. */
  readonly early: FetcherProcess | undefined;
}

/** What a fetch brought: times of life, and the arena that holds the rest. */
export interface Fetch {
  readonly report: FetchReport;
  readonly secretSet: SecretSet;
}

/** Jobs in a row. */
export class VaultSession {
  readonly #options: SessionOptions;
  #last: Promise<unknown> = Promise.resolve();
  readonly #callOff = new AbortController();
  /** Ends revocations too. */
  readonly #abandon = new AbortController();
  #abandonAtMs = Infinity;
  #early: FetcherProcess | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#early = options.early;
  }

  /** Logs in and reads everything. The caller adopts the secret set or closes its arena. */
  fetch(): Promise<Fetch> {
    const { plan, tokenNames, settings } = this.#options;
    return this.#fetch(settings, plan, tokenNames, this.#loginCredentials());
  }

  /** Reads again, with the token in force, what has no lease. Undefined when there is nothing of that kind. */
  async fetchStatic(
    leasedPaths: ReadonlySet<string>,
  ): Promise<Fetch | undefined> {
    const { plan, settings } = this.#options;
    const isStatic = (part: object) =>
      !("path" in part) || !leasedPaths.has(String(part.path));
    const part = {
      deliveries: plan.deliveries.filter((d) => d.parts.every(isStatic)),
      bulk: plan.bulk.filter(isStatic),
    };
    if (part.deliveries.length + part.bulk.length === 0) return undefined;
    const auth = { method: "token" as const, mount: "auth/token" };
    return await this.#fetch(
      { ...settings, auth },
      part,
      [],
      this.#tokenCredentials(),
    );
  }

  /**
   * The application has ended: ends the job that is under way and refuses
   * others, revocations only after `graceMs`, however many wait for their turn.
   */
  callOff(graceMs: number): void {
    this.#callOff.abort();
    const limitMs = this.#bound(graceMs);
    this.#abandonAtMs = performance.now() + limitMs;
    AbortSignal.timeout(limitMs)
      .addEventListener("abort", () => this.#abandon.abort());
  }

  /** Prolongs what is named. @throws WrapperError when the job fails as a whole. */
  async renew(
    what: { token: boolean; leases: string[] },
  ): Promise<RenewReport> {
    const { report } = await this.#run("renew", () =>
      runJob(
        { kind: "renew", ...what },
        this.#jobOptions(this.#tokenCredentials()),
      ));
    return report;
  }

  /** Revokes with the token of `secret set`, or with the one in force. Never throws; bounded by `mostMs` and the deadline. */
  async revoke(
    what: { token: boolean; leases: string[]; secretSet?: SecretSet },
    mostMs: number,
  ): Promise<void> {
    const { secretSet, ...rest } = what;
    const credentials = secretSet?.token === undefined
      ? this.#tokenCredentials()
      : new Map([["token" as const, secretSet.arena.block(secretSet.token)]]);
    if (credentials.size === 0 || (!rest.token && rest.leases.length === 0)) {
      return;
    }
    try {
      const options = {
        ...this.#jobOptions(credentials),
        calledOff: this.#abandon.signal,
      };
      const { report } = await this.#run("revoke", () => {
        const limitMs = this.#left(mostMs);
        const job = { kind: "revoke" as const, ...rest, limitMs };
        return runJob(job, { ...options, limitMs });
      });
      this.#tellRevoked(report.revoked, report.failed.length);
    } catch (error) {
      this.#options.log.warn(
        `Cannot revoke: ${messageOf(error)}, leaving leases to run out`,
      );
    }
  }

  #bound(ms: number): number {
    return Math.min(ms, this.#options.settings.deadlineMs);
  }

  /** When its turn comes: of the time that all revocations at the end share, what is left. */
  #left(mostMs: number): number {
    const untilAbandon = Math.ceil(this.#abandonAtMs - performance.now());
    return Math.max(1, Math.min(this.#bound(mostMs), untilAbandon));
  }

  #tellRevoked(revoked: number, failed: number): void {
    const { log } = this.#options;
    if (failed === 0) return log.debug(`Revoked ${revoked} leases and tokens`);
    log.warn(
      `Revoked ${revoked} leases and tokens, ${failed} could not be and will run out`,
    );
  }

  async #fetch(
    settings: VaultSettings,
    plan: Plan,
    tokenNames: readonly string[],
    credentials: ReadonlyMap<CredentialName, Uint8Array>,
  ): Promise<Fetch> {
    const options = { ...this.#jobOptions(credentials), settings };
    const { report, arena } = await this.#run(
      "fetch",
      () => runJob({ kind: "fetch", plan, tokenNames }, options),
    );
    if (!arena) throw new TypeError("the fetcher brought no arena");
    const { tokenBlock: token, secretIdBlock: secretId, variables } = report;
    const secretSet = {
      arena,
      variables,
      ...(token !== undefined && { token }),
      ...(secretId !== undefined && { secretId }),
    };
    return { report, secretSet };
  }

  /** Jobs wait for each other: each costs a process, and the token must not change under one. */
  #run<T>(kind: string, job: () => Promise<T>): Promise<T> {
    // One that was called off has not failed; giving back is never called off.
    const isWanted = () => kind === "revoke" || !this.#callOff.signal.aborted;
    const turn = this.#last.then(() => countJob(kind, job, isWanted));
    this.#last = turn.catch(() => {});
    return turn;
  }

  #jobOptions(
    credentials: ReadonlyMap<CredentialName, Uint8Array>,
  ): JobOptions {
    const { children, settings, store, log, onFileRead } = this.#options;
    return {
      children,
      settings,
      credentials,
      secretmem: store.kind === "secretmem",
      early: () => this.#takeEarly(),
      calledOff: this.#callOff.signal,
      onNote: (note) => log.warn(note),
      onFileRead,
      limitMs: settings.deadlineMs,
    };
  }

  #takeEarly(): FetcherProcess | undefined {
    const early = this.#early;
    this.#early = undefined;
    return early;
  }

  #loginCredentials(): Map<CredentialName, Uint8Array> {
    const { store } = this.#options;
    const unwrapped = store.unwrapped();
    return makeCredentials({
      token: store.found("VAULT_TOKEN"),
      secretId: store.found("VAULT_SECRET_ID"),
      secretIdUnwrapped: unwrapped,
      secretIdWrapped: unwrapped
        ? undefined
        : store.found("VAULT_SECRET_ID_WRAPPED"),
    });
  }

  #tokenCredentials(): Map<CredentialName, Uint8Array> {
    return makeCredentials({ token: this.#options.store.token() });
  }
}

function makeCredentials(
  given: Partial<Record<CredentialName, Uint8Array | undefined>>,
): Map<CredentialName, Uint8Array> {
  const credentials = new Map<CredentialName, Uint8Array>();
  for (const [name, value] of Object.entries(given)) {
    if (value) credentials.set(name as CredentialName, value);
  }
  return credentials;
}
