/** Door of the room that answers: what were we told? */
export {
  type Config,
  type ConfigInput,
  loadConfig,
  readLogSettings,
} from "./load.ts";
export { type RotationPolicy } from "./policy.ts";
export { type Variable } from "./reader.ts";
export { flagOf, namesOf, type Setting, type SettingKind } from "./setting.ts";
export { SETTINGS } from "./settings.ts";
