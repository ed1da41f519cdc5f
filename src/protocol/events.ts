/** What wrapper and event publisher say to each other: one request, one answer. No token crosses. */

/** What is said, to the specification's letter. */
export interface Saying {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Who the token was made for. */
export interface BoundTo {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly node?: string;
}

/** One job, as the wrapper gives it. */
export interface Announcement {
  readonly saying: Saying;
  readonly server: { readonly host: string; readonly port: string };
  /** What the wrapper knows of its pod; what the token says comes first. */
  readonly pod: BoundTo;
  readonly limitMs: number;
}

/** What came of it; `reason` is ours, and for the log. */
export type Outcome =
  | { readonly posted: true }
  | { readonly posted: false; readonly reason: string };
