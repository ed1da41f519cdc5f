/** Door of the room that answers: how does a secret get from Vault into an arena? */
export type { CredentialName, FetchReport, RenewReport } from "./protocol.ts";
export { type CourierProcess, findEarlyCourier } from "./courier_process.ts";
export { type ErrandOptions, runErrand } from "./run_errand.ts";
export { serveErrand } from "./serve_errand.ts";
