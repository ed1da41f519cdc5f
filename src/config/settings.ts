/**
 * The table of all settings, in the order of the documentation. `--help`,
 * docs/CONFIGURATION.md and the loader use it.
 */
import { OWN_SETTINGS } from "./own_settings.ts";
import type { Setting } from "./setting.ts";
import { VAULT_SETTINGS } from "./vault_settings.ts";

/** CLOUDTASER_ settings first, then Vault's. */
export const SETTINGS: readonly Setting[] = [
  ...OWN_SETTINGS,
  ...VAULT_SETTINGS,
];
