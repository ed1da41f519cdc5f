/** Certificates of a synthetic vendor: each field can be wrong. */
// The library finds its own parts through decorators.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  type Certificate,
  readCertificate,
} from "@/wrapper/checks/attestation/chain/certificate.ts";

/** When the certificates are valid, unless a test says otherwise. */
export const NOW = Date.parse("2026-06-01T00:00:00Z");
const DAY_MS = 86_400_000;

type Bytes = Uint8Array<ArrayBuffer>;
type Algorithms = RsaHashedKeyGenParams & RsaPssParams | EcKeyGenParams;

export const RSA: Algorithms = {
  name: "RSA-PSS",
  hash: "SHA-384",
  saltLength: 48,
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
export const P384 = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
export const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A key with its algorithm. */
export interface Keys extends CryptoKeyPair {
  readonly kind: Algorithms;
}

export async function makeKeys(kind: Algorithms): Promise<Keys> {
  const pair = await crypto.subtle.generateKey(kind, true, ["sign", "verify"]);
  return { ...pair as CryptoKeyPair, kind };
}

/** The content of a certificate. The defaults are those of a valid authority. */
export interface Content {
  readonly name: string;
  readonly issuer: string;
  readonly keys: Keys;
  readonly signer: Keys;
  readonly isAuthority?: boolean;
  readonly pathLength?: number | undefined;
  readonly usage?: x509.KeyUsageFlags;
  /** In days from NOW. */
  readonly from?: number;
  readonly until?: number;
  readonly extensions?: readonly x509.Extension[];
}

/** In DER. */
export async function issue(content: Content): Promise<Bytes> {
  const { name, issuer, keys, signer, from = -1, until = 1 } = content;
  const { keyCertSign } = x509.KeyUsageFlags;
  const { isAuthority = true, pathLength, usage = keyCertSign } = content;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    subject: `CN=${name}`,
    issuer: `CN=${issuer}`,
    notBefore: new Date(NOW + from * DAY_MS),
    notAfter: new Date(NOW + until * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.kind,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
      new x509.KeyUsagesExtension(usage, true),
      ...content.extensions ?? [],
    ],
  });
  return new Uint8Array(certificate.rawData);
}

/** A root of this name, as the verification trusts it. */
export async function issueRoot(
  content: Omit<Content, "issuer" | "signer">,
): Promise<Certificate> {
  const { name, keys } = content;
  return readCertificate(
    await issue({ ...content, issuer: name, signer: keys }),
  );
}

export function toPem(...certificates: readonly Bytes[]): string {
  return certificates.map((bytes) =>
    `-----BEGIN CERTIFICATE-----\n${bytes.toBase64()}\n-----END CERTIFICATE-----\n`
  ).join("");
}
