/**
 * Parses attestation reports by their published layouts. It reads what the proof
 * needs; chain/ verifies signatures. It rejects truncated reports and unknown versions,
 * because the meaning of their fields is unknown.
 */
import type { AttestationReport } from "./fields.ts";
import { parseCca } from "./cca_token.ts";
import { parseSnp } from "./snp_report.ts";
import { parseTdx } from "./tdx_quote.ts";

const PARSERS = {
  "AMD SEV-SNP": parseSnp,
  "Intel TDX": parseTdx,
  "Arm CCA": parseCca,
};

/** The three kinds of confidential guests. */
export type ConfidentialKind = keyof typeof PARSERS;

/** Undefined: not a valid report of this kind. Never throws. */
export function parseReport(
  kind: ConfidentialKind,
  bytes: Uint8Array<ArrayBuffer>,
): AttestationReport | undefined {
  return PARSERS[kind](bytes);
}
