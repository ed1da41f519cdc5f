/** Whether the wrapper starts sealed: without a token, waiting to be given one. */
import type { SettingReader } from "./reader.ts";

/** From where a token is taken: loopback is kubectl port-forward, and who shares the pod. */
export type SealedFrom = "loopback" | "any";

const CHOICES = ["off", "loopback", "any"] as const;

/**
 * Reads it; undefined: not sealed. A token that is there already is used, as if
 * nothing had been said about seals.
 */
export function readSealed(
  reader: SettingReader,
  given: { readonly token: boolean; readonly wantsSecrets: boolean },
): SealedFrom | undefined {
  const from = reader.choice("CLOUDTASER_SEALED", CHOICES) ?? "off";
  if (from === "off") return undefined;
  const method = reader.given("VAULT_AUTH_METHOD")?.trim().toLowerCase();
  if (method !== undefined && method !== "token") {
    reader.problem(
      `CLOUDTASER_SEALED waits for a token, but VAULT_AUTH_METHOD is ${method}: leave one of them out`,
    );
  }
  if (reader.text("CLOUDTASER_LISTEN").trim() === "off") {
    reader.problem(
      "CLOUDTASER_SEALED waits at the status server, but CLOUDTASER_LISTEN is off: give it an address",
    );
  }
  if (!given.wantsSecrets) {
    reader.problem(
      "CLOUDTASER_SEALED waits for a token, but no secret is asked for: name secrets, or leave it out",
    );
  }
  return given.token ? undefined : from;
}
