/**
 * Faults that can be put between a client and the server: what a broken
 * Vault, a proxy in front of it or the network between them would do.
 */

/** What goes wrong; `redirect` is a proxy's, not a standby's (see Standby). */
export type FaultKind =
  | {
    readonly kind: "status";
    readonly status: number;
    readonly errors?: readonly string[];
    readonly retryAfterSeconds?: number;
  }
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" }
  | { readonly kind: "html"; readonly status?: number }
  | { readonly kind: "truncated" }
  | { readonly kind: "oversize"; readonly bytes: number }
  | { readonly kind: "content-type"; readonly value: string }
  | {
    readonly kind: "redirect";
    readonly location: string;
    readonly status?: number;
  };

/** A fault and whom it hits. */
export type Fault = FaultKind & {
  /** How many requests it hits; default: all until it is cleared. */
  readonly times?: number;
  /** Only requests whose path after /v1/ begins so; default: all but sys/. */
  readonly path?: string;
};

/** The faults of one server. */
export class Faults {
  #active: { fault: Fault; left: number }[] = [];

  /** Adds one; several work one after the other. */
  add(fault: Fault): void {
    this.#active.push({ fault, left: fault.times ?? Infinity });
  }

  /** Takes all away. */
  clear(): void {
    this.#active = [];
  }

  /** The fault for this request, if any; counts it as used. */
  take(path: string): Fault | undefined {
    const entry = this.#active.find(({ fault }) => hits(fault, path));
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) {
      this.#active = this.#active.filter((each) => each !== entry);
    }
    return entry.fault;
  }
}

function hits(fault: Fault, path: string): boolean {
  if (fault.path !== undefined) return path.startsWith(fault.path);
  return !path.startsWith("sys/");
}
