/** Room fleet: how well is each of many wrappers protected? The door. */
export { openOutlet } from "./outlet.ts";
export { runStatus } from "./status.ts";
