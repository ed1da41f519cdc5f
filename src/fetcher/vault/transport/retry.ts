/**
 * Retries with full jitter, up to a count and a deadline.
 */
import type { VaultUnavailableError } from "@/base/errors.ts";
import {
  explainDeadline,
  giveUp,
  WAITING,
} from "@/protocol/fetcher/waiting.ts";
import type { Deadline } from "./deadline.ts";

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;
const MIN_DELAY_MS = 10;
/** A cause is reported again after this time. */
const REPEAT_MS = 10_000;
/** The largest share of the time left that Retry-After may use, so that one more attempt fits in. */
const MAX_SHARE_OF_TIME_LEFT = 0.8;

/** An attempt that may succeed later. The cause is for messages and contains no secret. */
export class TryAgain {
  readonly cause: string;
  /** From Retry-After. */
  readonly afterMs: number | undefined;
  /** The job's own deadline ended the attempt: report an earlier cause instead. */
  readonly isCutShort: boolean;
  /** What to do when retries do not succeed. */
  readonly remedy: string | undefined;

  constructor(
    cause: string,
    options: {
      readonly afterMs?: number | undefined;
      readonly isCutShort?: boolean;
      readonly remedy?: string;
    } = {},
  ) {
    this.cause = cause;
    this.afterMs = options.afterMs;
    this.isCutShort = options.isCutShort ?? false;
    this.remedy = options.remedy;
  }
}

/** Limits and messages. */
export interface RetryOptions {
  readonly deadline: Deadline;
  readonly maxRetries: number | undefined;
  /** The server, for messages: `Vault at https://…`. */
  readonly who: string;
  readonly onWait: (cause: string) => void;
}

/**
 * Calls `attempt` until it returns a result.
 *
 * @throws VaultUnavailableError with the last cause, at the deadline or the last retry
 */
export async function retry<T>(
  attempt: () => Promise<T | TryAgain>,
  options: RetryOptions,
): Promise<T> {
  const { deadline, maxRetries = Infinity } = options;
  let earlier: TryAgain | undefined;
  for (let tries = 1;; tries++) {
    const answer = await attempt();
    if (!(answer instanceof TryAgain)) return answer;
    const outcome = answer.isCutShort ? earlier ?? answer : answer;
    earlier = outcome;
    if (tries > maxRetries) throw exhausted(outcome, tries, options);
    if (deadline.isCancelled || deadline.leftMs <= MIN_DELAY_MS) {
      throw outOfTime(outcome, options);
    }
    options.onWait(outcome.cause);
    await deadline.sleep(delayMs(tries, outcome.afterMs, deadline.leftMs));
    if (deadline.isCancelled || deadline.leftMs === 0) {
      throw outOfTime(outcome, options);
    }
  }
}

function delayMs(
  tries: number,
  askedMs: number | undefined,
  leftMs: number,
): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1));
  const jittered = Math.max(MIN_DELAY_MS, Math.random() * ceiling);
  const asked = Math.min(askedMs ?? 0, leftMs * MAX_SHARE_OF_TIME_LEFT);
  return Math.min(Math.max(jittered, asked), leftMs);
}

function outOfTime(
  { cause, remedy }: TryAgain,
  { who, deadline }: RetryOptions,
): VaultUnavailableError {
  return explainDeadline(who, deadline.limitMs, cause, remedy);
}

function exhausted(
  last: TryAgain,
  tries: number,
  { who }: RetryOptions,
): VaultUnavailableError {
  return giveUp(
    `${who} unavailable after ${tries} ${tries === 1 ? "try" : "tries"}`,
    last,
    "VAULT_MAX_RETRIES",
  );
}

/** Parses Retry-After: seconds or a date; undefined for anything else. */
export function parseRetryAfter(
  text: string | undefined,
  now: number,
): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Reports reasons for waiting: each new cause at once, and again every ten seconds. */
export class WaitNotes {
  readonly #report: ((text: string) => void) | undefined;
  #cause = "";
  #reportedAt = -Infinity;

  constructor(report: ((text: string) => void) | undefined) {
    this.#report = report;
  }

  /** Reports a cause, which follows "Waiting for Vault: ". */
  note(cause: string): void {
    const now = performance.now();
    if (cause === this.#cause && now - this.#reportedAt < REPEAT_MS) return;
    this.#cause = cause;
    this.#reportedAt = now;
    this.#report?.(WAITING + cause);
  }
}
