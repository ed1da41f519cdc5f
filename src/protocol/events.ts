/** The protocol of wrapper and event publisher: one request, one response. No token crosses. */

/** The event, with the text of score/event_text.ts. */
export interface PodEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** A pod, as far as it is known. */
export interface PodReference {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly node?: string;
}

/** The request. */
export interface PublishRequest {
  readonly event: PodEvent;
  readonly server: { readonly host: string; readonly port: string };
  /** What the wrapper knows about its pod; the service account's token takes precedence. */
  readonly pod: PodReference;
  readonly limitMs: number;
}

/** The response; `reason` is for the log. */
export type PublishResult =
  | { readonly posted: true }
  | { readonly posted: false; readonly reason: string };
