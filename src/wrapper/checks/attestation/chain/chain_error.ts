/**
 * Why a chain is not verified. Only verify.ts catches it. Its message goes into the
 * evidence, so names from certificates are cleaned before (certificate.ts).
 */
export class ChainError extends Error {
  override readonly name = "ChainError";

  /** @param isForged a signature or a value does not match; else something that is needed is missing */
  constructor(message: string, readonly isForged: boolean) {
    super(message);
  }
}

/** The evidence contradicts itself: a signature or a value does not match. */
export function mismatch(message: string): ChainError {
  return new ChainError(message, true);
}

/** The evidence lacks what the verification needs. */
export function missing(message: string): ChainError {
  return new ChainError(message, false);
}
