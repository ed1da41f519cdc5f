/** Whether the wrapper starts sealed: without a token, waiting for one. */
import type { SettingReader } from "./reader.ts";

/** Where a token is accepted from: loopback is `kubectl port-forward` and containers of the pod. */
export type SealedFrom = "loopback" | "any";

const CHOICES = ["off", "loopback", "any"] as const;

/**
 * Reads CLOUDTASER_SEALED; undefined: not sealed, or a token is already set.
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
      `CLOUDTASER_SEALED waits for a token, but VAULT_AUTH_METHOD is ${method}: unset one of them`,
    );
  }
  if (reader.text("CLOUDTASER_LISTEN").trim() === "off") {
    reader.problem(
      "CLOUDTASER_SEALED needs the status server, but CLOUDTASER_LISTEN is off: set an address",
    );
  }
  if (!given.wantsSecrets) {
    reader.problem(
      "CLOUDTASER_SEALED waits for a token, but no secret is requested: set CLOUDTASER_SECRET_PATHS or a reference, or unset it",
    );
  }
  return given.token ? undefined : from;
}
