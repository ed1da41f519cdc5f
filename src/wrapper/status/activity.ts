/** What has happened so far, in numbers: counters for Prometheus, and nothing that could hold a text of Vault's. */

/** How one check was proven: rounds by what they found, and the time that they took. */
export interface ProofCount {
  readonly check: string;
  readonly inForce: number;
  readonly absent: number;
  readonly unknown: number;
  readonly seconds: number;
}

/** One kind of job that a process of ours was sent out for. */
export interface JobCount {
  readonly job: string;
  readonly runs: number;
  readonly failures: number;
  readonly seconds: number;
}

/** Since the wrapper's start. */
export interface Activity {
  readonly proofs: readonly ProofCount[];
  readonly jobs: readonly JobCount[];
  /** Tokens and leases that were prolonged. */
  readonly renewals: number;
  /** Times that renewing or reading anew failed, and is tried again. */
  readonly renewalFailures: number;
  /** Starts of the application after the first. */
  readonly restarts: number;
  readonly orphans: number;
  /** Processes that were to write an event; undefined where none is written. */
  readonly publishers?: { readonly runs: number; readonly failures: number };
}
