/**
 * The wrapper's jobs for Vault: fetch, renew, revoke. Each runs in a fetcher
 * process, one at a time. lease_keeper.ts decides when.
 */
import type { Log } from "@/base/log.ts";
import { messageOf } from "@/base/errors.ts";
import type { FetcherProcess } from "./fetcher_process.ts";
import type {
  CredentialName,
  FetchReport,
  RenewReport,
  RevokeReport,
} from "@/protocol/fetcher/messages.ts";
import { type JobOptions, type ReadCredentials, runJob } from "./run_job.ts";
import type { Ingested } from "./ingest.ts";
import type { SecretSet } from "./store.ts";
import type { Children } from "@/process/children.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { WAITING } from "@/protocol/fetcher/waiting.ts";
import { countJob } from "./job_counts.ts";

/** What a session needs for all its jobs. */
export interface SessionOptions {
  readonly ingested: Ingested;
  readonly settings: VaultSettings;
  readonly children: Children;
  readonly log: Log;
  /** A fetcher that the stub started, for the first job. */
  readonly early: FetcherProcess | undefined;
}

/** The result of a fetch: lifetimes, and the arena with the secrets. */
export interface Fetch {
  readonly report: FetchReport;
  readonly secretSet: SecretSet;
}

/** Runs jobs one after the other. */
export class VaultSession {
  readonly #options: SessionOptions;
  #last: Promise<unknown> = Promise.resolve();
  readonly #cancelled = new AbortController();
  /** Ends revocations too. */
  readonly #abandon = new AbortController();
  #abandonAtMs = Infinity;
  #early: FetcherProcess | undefined;
  /** When the running job began to wait for Vault. */
  #waitsSinceMs: number | undefined;
  /** The last job failed, which was logged: its waiting is not logged again. */
  #hasFailed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#early = options.early;
  }

  /** Logs in and reads everything. The caller adopts the secret set or closes its arena. */
  fetch(): Promise<Fetch> {
    const { settings, ingested: { config } } = this.#options;
    const { plan, tokenNames } = config;
    return this.#fetch(settings, plan, tokenNames, this.#loginCredentials);
  }

  /** Reads paths without a lease again, with the current token, and writes nothing. Undefined when there are none. */
  async fetchStatic(
    leasedPaths: ReadonlySet<string>,
  ): Promise<Fetch | undefined> {
    const { settings, ingested } = this.#options;
    const { plan } = ingested.config;
    // A write is not repeated to look for changes: it may make a new secret.
    const isStatic = (part: object) =>
      !("path" in part) ||
      !leasedPaths.has(String(part.path)) && !("write" in part);
    const part = {
      ...plan,
      deliveries: plan.deliveries.filter((d) => d.parts.every(isStatic)),
      bulk: plan.bulk.filter(isStatic),
    };
    if (part.deliveries.length + part.bulk.length === 0) return undefined;
    const auth = { method: "token" as const, mount: "auth/token" };
    return await this.#fetch(
      { ...settings, auth },
      part,
      [],
      this.#tokenCredentials,
    );
  }

  /**
   * The application has ended: kills the running job and refuses others.
   * Revocations share `graceMs`, however many are queued.
   */
  cancel(graceMs: number): void {
    this.#cancelled.abort();
    const limitMs = this.#bound(graceMs);
    this.#abandonAtMs = performance.now() + limitMs;
    AbortSignal.timeout(limitMs)
      .addEventListener("abort", () => this.#abandon.abort());
  }

  /** Renews token and leases. @throws WrapperError when the whole job fails */
  async renew(
    what: { token: boolean; leases: string[] },
  ): Promise<RenewReport> {
    const { report } = await this.#run("renew", () =>
      runJob(
        { kind: "renew", ...what },
        this.#jobOptions(this.#tokenCredentials),
      ));
    this.#hasFailed = report.failed.some((f) => !f.final);
    if (!this.#hasFailed) this.#reportRecovery();
    return report;
  }

  /** Revokes with the token of `secretSet`, or with the current one. Never throws; bounded by `mostMs` and the deadline. */
  async revoke(
    what: { token: boolean; leases: string[]; secretSet?: SecretSet },
    mostMs: number,
  ): Promise<void> {
    const { secretSet, ...rest } = what;
    const block = secretSet?.token;
    const credentials = secretSet === undefined || block === undefined
      ? this.#tokenCredentials
      : () => new Map([["token" as const, secretSet.arena.block(block)]]);
    if (credentials().size === 0 || (!rest.token && rest.leases.length === 0)) {
      return;
    }
    try {
      const options = {
        ...this.#jobOptions(credentials),
        cancelled: this.#abandon.signal,
      };
      const { report } = await this.#run("revoke", () => {
        const limitMs = this.#left(mostMs);
        const job = { kind: "revoke" as const, ...rest, limitMs };
        return runJob(job, { ...options, limitMs });
      });
      this.#logRevoked(report);
    } catch (error) {
      this.#options.log.warn(
        `Cannot revoke: ${
          messageOf(error)
        }; leases stay valid until they expire`,
      );
    }
  }

  #bound(ms: number): number {
    return Math.min(ms, this.#options.settings.deadlineMs);
  }

  /** The time for one revocation: what is left of the time that all share. */
  #left(mostMs: number): number {
    const untilAbandon = Math.ceil(this.#abandonAtMs - performance.now());
    return Math.max(1, Math.min(this.#bound(mostMs), untilAbandon));
  }

  #logRevoked({ revoked, failed }: RevokeReport): void {
    const { log } = this.#options;
    const [reason] = failed;
    if (!reason) return log.debug(`Revoked ${revoked} leases and tokens`);
    log.warn(
      `Revoked ${revoked} leases and tokens; ${failed.length} stay valid until they expire (${reason}): revoke them in Vault`,
    );
  }

  async #fetch(
    settings: VaultSettings,
    plan: Plan,
    tokenNames: readonly string[],
    credentials: ReadCredentials,
  ): Promise<Fetch> {
    const options = { ...this.#jobOptions(credentials), settings };
    const { report, arena } = await this.#run(
      "fetch",
      () => runJob({ kind: "fetch", plan, tokenNames }, options),
    );
    if (!arena) throw new TypeError("the fetcher returned no arena");
    this.#reportRecovery();
    const { tokenBlock: token, secretIdBlock: secretId, variables } = report;
    const secretSet = {
      arena,
      variables,
      ...(token !== undefined && { token }),
      ...(secretId !== undefined && { secretId }),
    };
    return { report, secretSet };
  }

  /** Queues a job: each costs a process, and the token must not change during one. */
  #run<T>(kind: string, job: () => Promise<T>): Promise<T> {
    // A cancelled job does not count as failed; revocations are never cancelled.
    const isWanted = () => kind === "revoke" || !this.#cancelled.signal.aborted;
    const turn = this.#last.then(() => {
      this.#waitsSinceMs = undefined;
      return countJob(kind, job, isWanted);
    });
    turn.then(() => this.#hasFailed = false, () => this.#hasFailed = true);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #jobOptions(
    credentials: ReadCredentials,
  ): JobOptions {
    const { children, settings, ingested } = this.#options;
    const { store, readFrom } = ingested;
    return {
      children,
      settings,
      credentials,
      secretmem: store.kind === "secretmem",
      early: () => this.#takeEarly(),
      cancelled: this.#cancelled.signal,
      onNote: (note) => this.#note(note),
      onFileRead: ({ path, fileSystem }) => {
        const types = readFrom.get(path) ?? new Set();
        readFrom.set(path, types.add(fileSystem));
      },
      limitMs: settings.deadlineMs,
    };
  }

  #note(note: string): void {
    const { log } = this.#options;
    const isWait = note.startsWith(WAITING);
    if (isWait) this.#waitsSinceMs ??= performance.now();
    if (isWait && this.#hasFailed) log.debug(note);
    else log.warn(note);
  }

  /** The last line about Vault must not be that it is down. */
  #reportRecovery(): void {
    const since = this.#waitsSinceMs;
    if (since === undefined) return;
    this.#waitsSinceMs = undefined;
    const seconds = Math.max(1, Math.round((performance.now() - since) / 1000));
    this.#options.log.info(`Vault responds, after a wait of ${seconds}s`);
  }

  #takeEarly(): FetcherProcess | undefined {
    const early = this.#early;
    this.#early = undefined;
    return early;
  }

  readonly #loginCredentials: ReadCredentials = () => {
    const { store } = this.#options.ingested;
    const unwrapped = store.unwrapped();
    return makeCredentials({
      token: store.found("VAULT_TOKEN"),
      secretId: store.found("VAULT_SECRET_ID"),
      secretIdUnwrapped: unwrapped,
      secretIdWrapped: unwrapped
        ? undefined
        : store.found("VAULT_SECRET_ID_WRAPPED"),
    });
  };

  readonly #tokenCredentials: ReadCredentials = () =>
    makeCredentials({ token: this.#options.ingested.store.token() });
}

function makeCredentials(
  given: Partial<Record<CredentialName, Uint8Array | undefined>>,
): ReturnType<ReadCredentials> {
  const credentials = new Map<CredentialName, Uint8Array>();
  for (const [name, value] of Object.entries(given)) {
    if (value) credentials.set(name as CredentialName, value);
  }
  return credentials;
}
