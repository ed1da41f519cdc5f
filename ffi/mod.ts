/**
 * The door to C: typed verbs for the rooms. Nobody else opens a library, and
 * nothing happens at import.
 */
export { errnoName, FfiError } from "./errno.ts";
export { abi, harden, image, kernelRelease, trim, wipe } from "./image.ts";
export { Arena, arenaFd, type ArenaKind } from "./arena.ts";
export { Handoff, lookAtTarget } from "./handoff.ts";
export {
  adopt,
  blockSignals,
  type ChildEvent,
  countOrphans,
  kill,
  mind,
  spawn,
  type SpawnOptions,
  waitEvent,
} from "./process.ts";
export { programFile, readEmbedded } from "./embedded.ts";
export { holdArenas } from "./hold.ts";
export {
  channel,
  closeFd,
  connect,
  peerUser,
  receive,
  send,
  writeLog,
} from "./io.ts";
export {
  findSupervisor,
  probe,
  PROBE_WAYS,
  type ProbeRecord,
  type ProbeStep,
  type ProbeWay,
} from "./probe.ts";
export {
  type DumpableProof,
  fileSystem,
  proofDumpable,
  proofRead,
  scan,
  type ScanResult,
  standsInProgram,
} from "./proof.ts";
