/**
 * Whether and how the application takes its secrets over instead of being given
 * copies. It answers for every start anew, and says why not.
 */
import { FfiError, inspectTarget } from "@ffi";
import { decodeLatin1 } from "@/process/own_image.ts";
import type { Children, Ending } from "@/process/children.ts";
import { findVariable } from "./environment.ts";
import { findCandidates } from "./command.ts";
import {
  type Handover,
  hasHandoff,
  hasOnePreload,
  listForLoaders,
  listTooEarly,
  nameOf,
  packHandover,
  type SplitEnvironment,
} from "./handoff.ts";
import { tryInterposer } from "./interposer_trial.ts";
import { ABLE, explainVerdict, UNREADABLE } from "./interposer_verdict.ts";

/** A loaded machine needs its time; who has not begun then never will. */
const ADOPTION_MS = 5_000;

/** A rotated password is about as long as the one before. */
const SPARE_BYTES = 64;

/** What the check `ld_preload_active` is told. */
export type Interposed =
  | { readonly kind: "absent"; readonly reason: string }
  | {
    readonly kind: "active";
    readonly pid: number;
    readonly expected: number;
    readonly adopted: number;
    /** Why what the application has executed since did not take over, or "". */
    readonly lost: string;
  };

/** How it is set up. */
export interface InterposerOptions {
  readonly children: Children;
  /** The library's bytes; called when they are needed. */
  readonly image: () => Promise<Uint8Array>;
  readonly argv: readonly Uint8Array[];
  readonly environment: () => SplitEnvironment;
  /** Values are to be replaced while it runs (CLOUDTASER_ON_ROTATE=update). */
  readonly isUpdated: boolean;
}

/** One for an application, over all of its lives. */
export class Interposer {
  readonly #options: InterposerOptions;
  #reason: string;
  #prepared: Promise<void> | undefined;
  #isPrepared = false;
  #image: Uint8Array | undefined;
  #found: { path: Uint8Array; loader: Uint8Array } | undefined;
  #current: Handover | undefined;

  /** @param reason why it is not to be used; "" when it is */
  constructor(options: InterposerOptions, reason: string) {
    this.#options = options;
    this.#reason = reason;
  }

  /** Why it is not used; "" while nothing speaks against it. */
  get reason(): string {
    return this.#reason;
  }

  /** It may be used, and has not been tried yet. */
  get isPending(): boolean {
    return this.#reason === "" && !this.#isPrepared;
  }

  /** Looks at program and machine, once; afterwards `reason` tells. Needs no secrets yet. */
  prepare(): Promise<void> {
    return this.#prepared ??= this.#prepare();
  }

  /** Packs for the next start; undefined: it starts in the ordinary way. */
  pack(): Handover | undefined {
    this.#current?.handoff.close();
    this.#current = undefined;
    if (this.#reason !== "" || !this.#image || !this.#found) return undefined;
    const environment = this.#options.environment();
    this.#reason = findMisfit(environment) ?? "";
    if (this.#reason !== "") return undefined;
    try {
      this.#current = packHandover(environment, {
        image: this.#image,
        ...this.#found,
        spare: this.#options.isUpdated ? SPARE_BYTES : 0,
      });
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      this.#reason = `no memory for it: ${error.call} answered ${error.code}`;
    }
    return this.#current;
  }

  /** Waits until the started application has taken over. False: it did not. */
  async isAdopted(handover: Handover, ended: Promise<Ending>) {
    let isOver = false;
    void ended.then(() => isOver = true);
    const limit = performance.now() + ADOPTION_MS;
    while (!handover.handoff.report().isAdopted) {
      if (isOver || performance.now() > limit) return false;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return true;
  }

  /** From now on the application is started in the ordinary way. */
  giveUp(reason: string): void {
    this.#current?.handoff.close();
    this.#current = undefined;
    this.#reason = reason;
  }

  /** Lets the application begin. */
  release(): void {
    this.#current?.handoff.release();
  }

  /**
   * Replaces changed values in the running application. Undefined: done; it sees
   * them when it reads its environment again.
   *
   * @returns why not, for the log
   */
  update(names: readonly string[]): string | undefined {
    const handoff = this.#current?.handoff;
    if (!handoff) return `its secrets are not handed over: ${this.#reason}`;
    if (handoff.report().executed > 0) {
      return "the application has executed another program since its start";
    }
    const { secrets } = this.#options.environment();
    const stuck = names.filter((name) => {
      const entry = secrets.find((one) => nameOf(one) === name);
      return !entry || !handoff.update(entry);
    });
    if (stuck.length === 0) return undefined;
    return `larger than there is room for, or new: ${stuck.join(", ")}`;
  }

  /** Says how it stands now. */
  describe(): Interposed {
    if (!this.#current) {
      return { kind: "absent", reason: this.#reason || "not started yet" };
    }
    const early = listTooEarly(this.#options.environment());
    if (early.length > 0) {
      const reason = `${early.join(", ")} must be given in the ordinary way`;
      return { kind: "absent", reason };
    }
    const { pid, expected, adopted, verdict } = this.#current.handoff.report();
    const lost = verdict === ABLE ? "" : explainVerdict(verdict);
    return { kind: "active", pid, expected, adopted, lost };
  }

  async #prepare(): Promise<void> {
    if (this.#reason === "") this.#reason = await this.#examine() ?? "";
    this.#isPrepared = true;
  }

  async #examine(): Promise<string | undefined> {
    const { argv, environment, children } = this.#options;
    const { plain } = environment();
    const program = argv[0] ?? new Uint8Array(1);
    const found = findCandidates(program, findVariable(plain, "PATH"))
      .map((path) => ({ path, ...inspectTarget(path) }))
      .find(({ verdict }) => verdict !== UNREADABLE);
    if (found?.verdict !== ABLE) {
      return explainVerdict(found?.verdict ?? UNREADABLE);
    }
    this.#image = await this.#options.image();
    this.#found = found;
    const failure = await tryInterposer(children, found.loader, this.#image);
    return failure &&
      `${failure}: ${decodeLatin1(found.loader.subarray(0, -1))}`;
  }
}

/** Why this environment cannot be handed over, whatever the program. */
function findMisfit(environment: SplitEnvironment): string | undefined {
  if (!hasHandoff(environment)) return "there are no secrets to hand over";
  if (!hasOnePreload(environment)) return "LD_PRELOAD is set more than once";
  const watched = listForLoaders(environment);
  if (watched.length > 0) return `${watched.join(", ")} is set`;
  const isMoved = environment.secrets.some((entry) => nameOf(entry) === "PATH");
  return isMoved ? "PATH is a secret" : undefined;
}
