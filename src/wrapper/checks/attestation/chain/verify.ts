/**
 * Verifies the vendor's signature chain of a report, offline. A script of its own: only
 * confidential VMs load it. Revocation and the age of the firmware need the vendor's
 * servers and are not checked.
 */
import { readPem } from "./certificate.ts";
import { ChainError } from "./chain_error.ts";
import type { Trust } from "./path.ts";
import { verifySnp } from "./snp_chain.ts";
import { verifyTdx } from "./tdx_chain.ts";
import amd from "./amd.pem" with { type: "text" };
import intel from "./intel.pem" with { type: "text" };

/** A report that was parsed, and what came with it. */
export interface ChainInput {
  readonly kind: "AMD SEV-SNP" | "Intel TDX";
  readonly report: Uint8Array<ArrayBuffer>;
  /** The certificate table of the host. TDX quotes contain theirs. */
  readonly certificates?: Uint8Array<ArrayBuffer>;
}

/** `unverified`: something is missing; `invalid`: a signature or a value does not match. */
export interface ChainVerdict {
  readonly result: "verified" | "unverified" | "invalid";
  /** The keys from the root on; else why. */
  readonly words: string;
}

/** The embedded certificates: https://kdsintf.amd.com and https://certificates.trustedservices.intel.com. */
export function loadTrust(now = Date.now()): Trust {
  const all = [...readPem(amd), ...readPem(intel)];
  const isRoot = ({ subject, issuer }: { subject: string; issuer: string }) =>
    subject === issuer;
  return {
    roots: all.filter(isRoot),
    authorities: all.filter((one) => !isRoot(one)),
    now,
  };
}

/** Never rejects for any report or table. */
export async function verifyChain(
  { kind, report, certificates }: ChainInput,
  trust: Trust = loadTrust(),
): Promise<ChainVerdict> {
  try {
    const names = kind === "AMD SEV-SNP"
      ? await verifySnp(report, certificates, trust)
      : await verifyTdx(report, trust);
    return { result: "verified", words: names.join(", ") };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const result = error.isForged ? "invalid" : "unverified";
    return { result, words: error.message };
  }
}
