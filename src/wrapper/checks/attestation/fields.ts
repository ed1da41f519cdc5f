/** What the parsers of attestation reports have in common. */

/** The part of a report that the proof needs. */
export interface AttestationReport {
  /** The bytes that the guest asked with: our nonce. */
  readonly nonce: Uint8Array;
  /** The host may look into the guest's memory. */
  readonly mayBeDebugged: boolean;
  /** A few words for the status. */
  readonly detail: string;
}

/** What SEV-SNP and TDX carry for the guest; shorter nonces are padded. */
export const NONCE_BYTES = 64;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
