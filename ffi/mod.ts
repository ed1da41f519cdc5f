/**
 * The interface to C for the rest of the tree. No other module opens a library.
 * Importing it has no side effects.
 */
export { errnoName, FfiError } from "./errno.ts";
export {
  harden,
  hasBpfLsm,
  kernelRelease,
  readExecBlocks,
  readSmaps,
} from "./own_process.ts";
export { trim, wipe } from "./memory.ts";
export { Arena, arenaFd, type ArenaKind, retainArenas } from "./arena.ts";
export { Handoff, inspectTarget } from "./handoff.ts";
export {
  blockSignals,
  type ChildEvent,
  countOrphans,
  forwardSignalsTo,
  kill,
  registerChild,
  spawn,
  type SpawnOptions,
  waitEvent,
} from "./process.ts";
export { startThreads } from "./threads.ts";
export {
  programFile,
  readCompressedScript,
  readEmbedded,
  readScript,
} from "./embedded.ts";
export {
  closeFd,
  connect,
  peerUser,
  receive,
  send,
  sendDatagram,
  socketPair,
  writeLog,
} from "./io.ts";
export {
  findSeccompListener,
  probe,
  PROBE_WAYS,
  type ProbeRecord,
  type ProbeStep,
  type ProbeWay,
} from "./probe.ts";
export {
  type DumpableProof,
  type FileRange,
  fileSystem,
  findInFile,
  programContains,
  proofDumpable,
  proofRead,
  scan,
  type ScanResult,
} from "./proof.ts";
