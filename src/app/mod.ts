/** Door of the room that answers: who gets the secrets, and who minds that process? */
export { Application, describeEnding } from "./application.ts";
export { makeChildEnvironment, splitChildEnvironment } from "./child_env.ts";
export { findCandidates, parseCommandLine } from "./command.ts";
export { Interposer } from "./interposer.ts";
export { closeDescriptors, type Handover } from "./handover.ts";
