/** Shared by the parsers of attestation reports. */

/** The part of a report that the proof needs. */
export interface AttestationReport {
  /** The nonce of the guest's request. */
  readonly nonce: Uint8Array;
  /** The host can read the guest's memory. */
  readonly mayBeDebugged: boolean;
  /** A short text for the status. */
  readonly detail: string;
}

/** Size of the nonce in SEV-SNP and TDX reports; shorter nonces are padded. */
export const NONCE_BYTES = 64;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
