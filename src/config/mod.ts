/** Door of the room that answers: what were we told? */
export {
  type AgentConfig,
  listUnknownToAgent,
  loadAgentConfig,
} from "./agent.ts";
export { AGENT_SETTINGS } from "./agent_settings.ts";
export { type Config, loadConfig, readLogSettings } from "./load.ts";
export { type RotationPolicy } from "./policy.ts";
export { type SealedFrom } from "./sealed.ts";
export { type Variable } from "./reader.ts";
export { describeClash, flagOf, namesOf, type Setting } from "./setting.ts";
export { SETTINGS } from "./settings.ts";
