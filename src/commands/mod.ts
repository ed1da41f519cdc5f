/** Door of the room where the others are wired into commands. */
export { runAgent } from "./agent_lazy.ts";
export { check } from "./check.ts";
export { type CommandLine, parseArgs } from "./command_line.ts";
export { HELP, renderHelp, renderVersion } from "./help.ts";
export { runInstall } from "./install.ts";
export { listVariables } from "./intake.ts";
export { run } from "./run.ts";
export { serveHerald } from "./herald_errand.ts";
export { status } from "./status.ts";
export { openStderr } from "./stderr.ts";
