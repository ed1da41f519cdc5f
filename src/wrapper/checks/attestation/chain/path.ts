/** A path of certificates from a leaf to a trusted root. */
import type { Certificate } from "./certificate.ts";
import { mismatch, missing } from "./chain_error.ts";
import { isIssuedBy, type Scheme } from "./signature.ts";

/** What is trusted, and the time. Tests have roots of their own. */
export interface Trust {
  readonly roots: readonly Certificate[];
  /** Authorities that need not be in the evidence; verified like those that are. */
  readonly authorities: readonly Certificate[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The trusted root that issued a certificate. @throws ChainError */
export function findRoot(
  certificate: Certificate,
  { roots }: Trust,
): Certificate {
  const root = roots.find(({ subject }) => subject === certificate.issuer);
  if (!root) {
    throw missing(`unknown root: "${certificate.issuerName}"`);
  }
  return root;
}

/**
 * Verifies validity, authority and signature of each certificate, the root last.
 *
 * @throws ChainError
 */
export async function verifyPath(
  path: readonly Certificate[],
  scheme: Scheme,
  now: number,
): Promise<void> {
  for (const [i, certificate] of path.entries()) {
    checkTime(certificate, now);
    const issuer = path[i + 1];
    if (!issuer) continue;
    checkAuthority(certificate, issuer, i);
    await checkIssuer(certificate, issuer, scheme);
  }
}

function checkTime({ name, from, until }: Certificate, now: number): void {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (now > until) throw missing(`${name} expired on ${day(until)}`);
  if (now < from) {
    throw missing(
      `${name} is valid from ${day(from)}, but it is ${day(now)} here`,
    );
  }
}

/** @param between how many authorities are between the issuer and the leaf */
function checkAuthority(
  certificate: Certificate,
  issuer: Certificate,
  between: number,
): void {
  const isIssuer = issuer.pathLimit >= between &&
    certificate.issuer === issuer.subject;
  if (isIssuer) return;
  throw mismatch(
    `${issuer.name} is not the authority that issued ${certificate.name}`,
  );
}

async function checkIssuer(
  certificate: Certificate,
  issuer: Certificate,
  scheme: Scheme,
): Promise<void> {
  if (!await isIssuedBy(certificate, issuer, scheme)) {
    const { name } = certificate;
    throw mismatch(`${name} does not have the signature of ${issuer.name}`);
  }
}
