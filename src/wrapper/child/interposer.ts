/**
 * Decides whether the application receives its secrets through a hand-off
 * instead of its environment, prepares that for each start, and reports the
 * reason when it does not.
 */
import { FfiError, inspectTarget, readEmbedded } from "@ffi";
import { pause } from "@/base/timer.ts";
import { decodeLatin1 } from "@/process/own_blocks.ts";
import type { Children, Ending } from "@/process/children.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import { type SplitEnvironment, splitEnvironment } from "./environment.ts";
import { findCandidates } from "./path_search.ts";
import {
  findObstacle,
  listEarlySecrets,
  nameOf,
  type PackedHandoff,
  packHandoff,
} from "./handoff.ts";
import { tryInterposer } from "./interposer_trial.ts";
import { ABLE, explainVerdict, UNREADABLE } from "./interposer_verdict.ts";

/** Generous for a loaded machine; what has not started by then never will. */
const ADOPTION_MS = 5_000;

/** A rotated password is about as long as its predecessor. */
const SPARE_BYTES = 64;

/** How the application received its secrets, for the check `ld_preload_active`. */
export type Interposition =
  | { readonly kind: "absent"; readonly reason: string }
  | {
    readonly kind: "active";
    readonly pid: number;
    readonly expected: number;
    readonly adopted: number;
    /** Why a program that the application executed later has no hand-off, or "". */
    readonly lost: string;
  };

/** One for an application, over all of its starts. */
export class Interposer {
  readonly #ingested: Ingested;
  readonly #children: Children;
  readonly #argv: readonly Uint8Array[];
  #reason: string;
  #prepared: Promise<void> | undefined;
  #isPrepared = false;
  #library: Uint8Array | undefined;
  #target: { path: Uint8Array; loader: Uint8Array } | undefined;
  #current: PackedHandoff | undefined;

  constructor(
    ingested: Ingested,
    children: Children,
    argv: readonly Uint8Array[],
  ) {
    this.#ingested = ingested;
    this.#children = children;
    this.#argv = argv;
    this.#reason = explainUnused(ingested);
  }

  /** Why it is not used; "" otherwise. */
  get reason(): string {
    return this.#reason;
  }

  /** One line for the log. */
  get summary(): string {
    return this.#reason === ""
      ? "The application receives its secrets through memfd_secret"
      : `Cannot interpose (${this.#reason}); root can read the application's environment`;
  }

  /** Not ruled out, and not tried yet. */
  get isPending(): boolean {
    return this.#reason === "" && !this.#isPrepared;
  }

  /** Examines program and machine once and sets `reason`. Needs no secrets. */
  prepare(): Promise<void> {
    return this.#prepared ??= this.#prepare();
  }

  /** Packs for the next start; undefined: the secrets stay in its environment. */
  pack(): PackedHandoff | undefined {
    this.#drop();
    if (this.#reason !== "" || !this.#library || !this.#target) {
      return undefined;
    }
    const environment = this.#environment();
    this.#reason = findObstacle(environment) ?? "";
    if (this.#reason !== "") return undefined;
    const isUpdated = this.#ingested.config.onRotate.kind === "update";
    try {
      this.#current = packHandoff(environment, {
        interposer: this.#library,
        ...this.#target,
        spare: isUpdated ? SPARE_BYTES : 0,
      });
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      this.#reason =
        `no memory for it: ${error.call} failed with ${error.code}`;
    }
    return this.#current;
  }

  /** Waits until the started application has adopted the hand-off. @returns false when it did not */
  async awaitAdoption(
    { handoff }: PackedHandoff,
    ended: Promise<Ending>,
  ): Promise<boolean> {
    let isOver = false;
    void ended.then(() => isOver = true);
    const limit = performance.now() + ADOPTION_MS;
    while (!handoff.report().isAdopted) {
      if (isOver || performance.now() > limit) return false;
      await pause(1);
    }
    return true;
  }

  /** All further starts pass the secrets in the environment. */
  giveUp(reason: string): void {
    this.#drop();
    this.#reason = reason;
  }

  /** Lets the application begin. */
  release(): void {
    this.#current?.handoff.release();
  }

  /**
   * Replaces changed values in the running application, which sees them when it
   * reads its environment again.
   *
   * @returns undefined, or why a value was not replaced
   */
  update(names: readonly string[]): string | undefined {
    const handoff = this.#current?.handoff;
    if (!handoff) return `cannot interpose (${this.#reason})`;
    if (handoff.report().executed > 0) {
      return "an entrypoint exec'd another program; start that program directly or use CLOUDTASER_ON_ROTATE=restart";
    }
    const { secrets } = this.#environment();
    const stuck = names.filter((name) => {
      const entry = secrets.find((one) => nameOf(one) === name);
      return !entry || !handoff.update(entry);
    });
    if (stuck.length === 0) return undefined;
    return `new variables, or values too long to replace: ${stuck.join(", ")}`;
  }

  /** The current state. */
  describe(): Interposition {
    if (!this.#current) {
      return { kind: "absent", reason: this.#reason || "not started yet" };
    }
    const early = listEarlySecrets(this.#environment());
    if (early.length > 0) {
      const reason = `${early.join(", ")} must stay in the environment`;
      return { kind: "absent", reason };
    }
    const { pid, expected, adopted, verdict } = this.#current.handoff.report();
    const lost = verdict === ABLE ? "" : explainVerdict(verdict);
    return { kind: "active", pid, expected, adopted, lost };
  }

  #environment(): SplitEnvironment {
    return splitEnvironment(this.#ingested);
  }

  #drop(): void {
    this.#current?.handoff.close();
    this.#current = undefined;
  }

  async #prepare(): Promise<void> {
    if (this.#reason === "") this.#reason = await this.#examine() ?? "";
    this.#isPrepared = true;
  }

  async #examine(): Promise<string | undefined> {
    const { plain } = this.#environment();
    const program = this.#argv[0] ?? new Uint8Array(1);
    const found = findCandidates(program, plain)
      .map((path) => ({ path, ...inspectTarget(path) }))
      .find(({ verdict }) => verdict !== UNREADABLE);
    if (found?.verdict !== ABLE) {
      return explainVerdict(found?.verdict ?? UNREADABLE);
    }
    const library = await readEmbedded("interposer");
    this.#library = library;
    this.#target = found;
    const failure = await tryInterposer(this.#children, found.loader, library);
    return failure &&
      `${failure}: ${decodeLatin1(found.loader.subarray(0, -1))}`;
  }
}

/** Why it is not even tried; "" when it is. */
function explainUnused({ config, store }: Ingested): string {
  if (config.interpose === "off") return "switched off (CLOUDTASER_INTERPOSE)";
  if (store.kind !== "secretmem") return "no secret memory";
  return config.vault ? "" : "there are no secrets to pass";
}
