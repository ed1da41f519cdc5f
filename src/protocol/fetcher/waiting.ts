/** Messages about waiting for Vault, which both wrapper and fetcher use. */
import { renderDuration } from "@/base/duration.ts";
import { VaultUnavailableError } from "@/base/errors.ts";

/** Prefix of a note; the cause follows. */
export const WAITING = "Waiting for Vault: ";

/** The error when the deadline has passed. */
export function explainDeadline(
  who: string,
  limitMs: number,
  cause: string,
  remedy?: string,
): VaultUnavailableError {
  return giveUp(
    `${who} unavailable for ${renderDuration(limitMs)}`,
    { cause, remedy },
    "CLOUDTASER_VAULT_DEADLINE",
  );
}

/** The error after the last attempt: its cause, and the setting that allows more. */
export function giveUp(
  what: string,
  { cause, remedy }: {
    readonly cause: string;
    readonly remedy?: string | undefined;
  },
  setting: string,
): VaultUnavailableError {
  const also = remedy === undefined ? "" : `; ${remedy}`;
  return new VaultUnavailableError(
    `${what} (${cause}). Check server and network, or raise ${setting}${also}`,
  );
}
