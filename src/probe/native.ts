/**
 * The C shim as the proofs see it: names of proofs onto names of @ffi. The only
 * file of this room that calls it; it loads nothing until a proof runs.
 */
import {
  errnoName,
  fileSystem,
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
    scan,
    wipe,
    errnoName,
  };
}
