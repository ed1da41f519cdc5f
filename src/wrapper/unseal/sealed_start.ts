/**
 * A sealed start: there is no token, and the application waits until somebody
 * brings one to `POST /v1/unseal`. Few wrappers do that: the seal's program lies
 * beside the wrapper's in the binary and is read now.
 */
import { loadScript } from "@/process/script.ts";
import { EXIT, messageOf, PolicyError, WrapperError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { SealedFrom } from "@/config/sealed.ts";
import type { Fetch, VaultSession } from "@/wrapper/secrets/vault_session.ts";
import type { SecretStore } from "@/wrapper/secrets/store.ts";
import type { BodyRoute } from "@/http/server.ts";
import type { Offer, Seal, UNSEAL } from "./seal.ts";

/** What the program answers when it is evaluated: the door of the room. */
interface UnsealScript {
  readonly Seal: typeof Seal;
  readonly UNSEAL: typeof UNSEAL;
}

/** The gate that an application passes before its start stands before its token too. */
export interface Guard {
  /** Proves now. @returns why no application would be started, undefined when one would */
  refuse(): Promise<string | undefined>;
  /** No token was taken: proofs go on as they did. */
  resume(): void;
}

/** With what it is waited. */
export interface SealedOptions {
  readonly store: SecretStore;
  readonly session: VaultSession;
  readonly from: SealedFrom;
  readonly guard: Guard;
  readonly log: Log;
}

/** One wait for a token that Vault takes. */
export class SealedStart {
  /** What the first good token has brought. */
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
      room: options.store.room(),
      loopbackOnly: options.from === "loopback",
      offer: (token, peer) => this.#try(token, peer),
    });
    this.route = {
      begin: UNSEAL,
      answer: (connection) => this.#seal.answer(connection),
    };
  }

  /** Loads the seal. */
  static async begin(options: SealedOptions): Promise<SealedStart> {
    return new SealedStart(await loadScript<UnsealScript>("unseal"), options);
  }

  /** True until a token was taken. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** To be awaited before the store is closed. */
  async end(): Promise<void> {
    await this.#seal.end();
  }

  async #try(token: Uint8Array, peer: string): Promise<Offer> {
    const { store, guard, log } = this.#options;
    try {
      const why = await guard.refuse();
      if (why !== undefined) throw new PolicyError(why);
      store.receive(token);
      await this.#use(peer);
      return { taken: true };
    } catch (error) {
      store.receive(undefined);
      guard.resume();
      log.warn(
        `Still sealed, the token from ${peer} is not used: ${messageOf(error)}`,
      );
      return { taken: false, ...explain(error) };
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

/** What whoever knows the port may know; the log has all of it. */
function explain(error: unknown): { status: number; error: string } {
  const code = error instanceof WrapperError ? error.exitCode : EXIT.internal;
  if (code === EXIT.config) {
    return {
      status: 403,
      error: "Vault refuses this token, or what is to be read: see the log",
    };
  }
  if (code === EXIT.policy) {
    return {
      status: 503,
      error: "the protection score is too low for a token: see the log",
    };
  }
  if (code === EXIT.unavailable) {
    return { status: 503, error: "Vault cannot be used now: see the log" };
  }
  return { status: 500, error: "the secrets cannot be fetched: see the log" };
}
