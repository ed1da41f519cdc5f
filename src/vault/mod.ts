/** Door of the room that answers: how are secrets obtained from Vault? The courier's side; it knows no FFI. */
export type { TokenInfo } from "./auth.ts";
export { type Fetched, fetchSecrets } from "./fetch_secrets.ts";
export {
  type Holdings,
  renew,
  type Renewed,
  type RenewFailure,
  revoke,
  type Revoked,
} from "./lease.ts";
export type {
  Bulk,
  Delivery,
  FieldPart,
  Part,
  Plan,
  TextPart,
} from "./plan.ts";
export type { LeaseInfo } from "./read.ts";
export type { AuthSettings, Credentials, VaultSettings } from "./settings.ts";
export type { Needle, Value } from "./values.ts";
