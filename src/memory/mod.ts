/** Door of the room that answers: where may a secret live? */
export {
  decodeLatin1,
  encodeCString,
  type EnvironmentEntry,
  holdsBytes,
  holdsText,
  type OwnImage,
  parseEnvironment,
  readOwnImage,
  wipeValue,
} from "./image.ts";
export {
  equalBytes,
  type Holding,
  SecretStore,
  type StoredVariable,
} from "./store.ts";
