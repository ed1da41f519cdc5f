/** Door of the room that answers: which words does everyone need? */
export { MAX_DURATION_MS, parseDuration, renderDuration } from "./duration.ts";
export {
  ConfigError,
  EXIT,
  InternalError,
  KernelError,
  kindOf,
  messageOf,
  PolicyError,
  UsageError,
  VaultUnavailableError,
  WrapperError,
} from "./errors.ts";
export { type Log, type LogFormat, type LogLevel, startLog } from "./log.ts";
export { isEnvironmentName } from "./names.ts";
export { FileRefusal, readRegularText } from "./regular_file.ts";
export { type ProcessIdentity, readStartTicks } from "./start_ticks.ts";
export { TOOL_HEADER } from "./tool_header.ts";
export { readUptimeMs } from "./uptime.ts";
