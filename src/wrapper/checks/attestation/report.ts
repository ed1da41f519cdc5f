/**
 * What attestation reports say, by their published layouts. Only what the proof
 * needs is read, and no signature is checked. A report that is cut, or of a
 * version or form that is not known, is refused: what its fields mean is a guess.
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

/** Undefined: these bytes are not such a report. Throws nothing. */
export function parseReport(
  kind: ConfidentialKind,
  bytes: Uint8Array,
): AttestationReport | undefined {
  return PARSERS[kind](bytes);
}
