/**
 * The table of all settings, in the order in which it is shown. `--help`, the
 * README's table and the loader are made from it.
 */
import { OWN_SETTINGS } from "./own_settings.ts";
import type { Setting } from "./setting.ts";
import { VAULT_SETTINGS } from "./vault_settings.ts";

/** Ours first, then those of Vault. */
export const SETTINGS: readonly Setting[] = [
  ...OWN_SETTINGS,
  ...VAULT_SETTINGS,
];
