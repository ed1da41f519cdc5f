/**
 * A sealed start: waits until `POST /v1/unseal` brings a token that Vault
 * accepts. The server's part (seal.ts) is a program of its own, loaded here.
 */
import { loadScript } from "@/process/script.ts";
import { EXIT, messageOf, PolicyError, WrapperError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { SealedFrom } from "@/config/vault.ts";
import type { Fetch, VaultSession } from "@/wrapper/secrets/vault_session.ts";
import type { SecretStore } from "@/wrapper/secrets/store.ts";
import type { BodyRoute } from "@/http/server.ts";
import type { Seal, TryResult, UNSEAL } from "./seal.ts";

/** Exports of seal.ts. */
interface UnsealScript {
  readonly Seal: typeof Seal;
  readonly UNSEAL: typeof UNSEAL;
}

/** The score decides before a token is used, as it does before a start. */
export interface Guard {
  /** Proves now. @returns why an application would not be started; undefined: it would */
  refuse(): Promise<string | undefined>;
  /** Continues the regular proofs after a refused token. */
  resume(): void;
}

/** What a sealed start needs. */
export interface SealedOptions {
  readonly store: SecretStore;
  readonly session: VaultSession;
  readonly from: SealedFrom;
  readonly guard: Guard;
  readonly log: Log;
}

/** Waits for one token that Vault accepts. */
export class SealedStart {
  /** The fetch with the first accepted token. */
  readonly opened: Promise<Fetch>;
  /** For the status server. */
  readonly route: BodyRoute;
  readonly #options: SealedOptions;
  readonly #open: (fetch: Fetch) => void;
  readonly #seal: Seal;
  #isSealed = true;

  private constructor({ Seal, UNSEAL }: UnsealScript, options: SealedOptions) {
    const { promise, resolve } = Promise.withResolvers<Fetch>();
    this.opened = promise;
    this.#open = resolve;
    this.#options = options;
    this.#seal = new Seal({
      buffer: options.store.requestBuffer(),
      loopbackOnly: options.from === "loopback",
      tryToken: (token, peer) => this.#try(token, peer),
    });
    this.route = {
      begin: UNSEAL,
      answer: (connection) => this.#seal.answer(connection),
    };
  }

  /** Loads seal.ts and starts to accept requests. */
  static async begin(options: SealedOptions): Promise<SealedStart> {
    return new SealedStart(await loadScript<UnsealScript>("unseal"), options);
  }

  /** True until a token is accepted. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** Await this before closing the store. */
  async end(): Promise<void> {
    await this.#seal.end();
  }

  async #try(token: Uint8Array, peer: string): Promise<TryResult> {
    const { store, guard, log } = this.#options;
    try {
      const why = await guard.refuse();
      if (why !== undefined) throw new PolicyError(why);
      store.setReceivedToken(token);
      await this.#use(peer);
      return { accepted: true };
    } catch (error) {
      store.setReceivedToken(undefined);
      guard.resume();
      log.warn(`Still sealed: token from ${peer} refused: ${messageOf(error)}`);
      return { accepted: false, ...explain(error) };
    }
  }

  async #use(peer: string): Promise<void> {
    const { session, log } = this.#options;
    const fetch = await session.fetch();
    log.info(`Unsealed with a token from ${peer}`);
    this.#isSealed = false;
    this.#open(fetch);
  }
}

/** The response reveals the kind of failure only; the log has the rest. */
function explain(error: unknown): { status: number; error: string } {
  const code = error instanceof WrapperError ? error.exitCode : EXIT.internal;
  if (code === EXIT.config) {
    return {
      status: 403,
      error: "Vault refuses this token, or one of the reads: see the log",
    };
  }
  if (code === EXIT.policy) {
    return {
      status: 503,
      error: "the protection score is too low for a token: see the log",
    };
  }
  if (code === EXIT.unavailable) {
    return { status: 503, error: "Vault is unavailable: see the log" };
  }
  return { status: 500, error: "the secrets cannot be fetched: see the log" };
}
