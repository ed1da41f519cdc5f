/** Door of the room that answers: how are secrets obtained from Vault? The courier's side; it knows no FFI. */
export type { TokenInfo } from "./auth.ts";
export { type FileOrigin, onFileRead } from "./file_origin.ts";
export { fetchSecrets } from "./fetch_secrets.ts";
export { renew, revoke } from "./lease.ts";
export type { Bulk, Delivery, Part, Plan } from "./plan.ts";
export type { LeaseInfo } from "./read.ts";
export { explainDeadline } from "./retry.ts";
export type { AuthSettings, Credentials, VaultSettings } from "./settings.ts";
export type { Value } from "./values.ts";
export { WAITING } from "./wait_notes.ts";
