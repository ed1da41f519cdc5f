/** Door of the room that answers: who attacks what is protected on this node, and who is told? */
export { Agent } from "./agent.ts";
export { type EnforcerProcess } from "./enforcer.ts";
export { type EnforcerTask, makeArguments } from "./enforcer_arguments.ts";
export { runErrand } from "./errand.ts";
export { makePages } from "./pages.ts";
export { PROC } from "./process_files.ts";
export { refusesAtOnce, renderCheck } from "./report_lines.ts";
