/**
 * The C shim as the proofs see it: names of proofs onto names of @ffi. The only
 * file of this room that calls it; it loads nothing until a proof runs.
 */
import {
  arenaFd,
  closeFd,
  errnoName,
  FfiError,
  fileSystem,
  findSeccompListener,
  image,
  kernelRelease,
  proofDumpable,
  proofRead,
  scan,
  wipe,
} from "@ffi";
import type { ProofKernel } from "./host.ts";

/** The shim's proofs. */
export function openProofKernel(): ProofKernel {
  return {
    release: kernelRelease,
    fileSystem,
    environment: () => image().env,
    read: proofRead,
    dumpable: proofDumpable,
    supervisor: findSeccompListener,
    refusesSecretMemory,
    scan,
    wipe,
    errnoName,
  };
}

function refusesSecretMemory(): string | undefined {
  try {
    closeFd(arenaFd("secretmem"));
    return undefined;
  } catch (error) {
    return error instanceof FfiError ? error.code : "an unknown error";
  }
}
