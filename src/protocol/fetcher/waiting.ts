/** How wrapper and fetcher describe a wait for Vault: both may end it at the deadline. */
import { renderDuration } from "@/base/duration.ts";
import { VaultUnavailableError } from "@/base/errors.ts";

/** What a note begins with; its cause follows. */
export const WAITING = "Waiting for Vault: ";

/** The deadline has passed. The wrapper says so in the same words as its fetcher. */
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

/** Ends the attempts with the last cause and the setting that allows more. */
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
    `${what} (${cause}); check the server and the network, or raise ${setting}${also}`,
  );
}
