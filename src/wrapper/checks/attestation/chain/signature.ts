/** Signatures of chips and certificates, verified with WebCrypto. */
import { readElements, readInside, readUnsigned, TAGS } from "./der.ts";
import type { Certificate } from "./certificate.ts";

/** How a vendor signs. The issuer's certificate does not choose it. */
export interface Scheme {
  readonly key: RsaHashedImportParams | EcKeyImportParams;
  readonly signature: RsaPssParams | EcdsaParams;
}

/** AMD's authorities. */
export const RSA_PSS: Scheme = {
  key: { name: "RSA-PSS", hash: "SHA-384" },
  signature: { name: "RSA-PSS", saltLength: 48 },
};
/** AMD's chips. */
export const P384: Scheme = {
  key: { name: "ECDSA", namedCurve: "P-384" },
  signature: { name: "ECDSA", hash: "SHA-384" },
};
/** Intel: authorities, platforms and quotes. */
export const P256: Scheme = {
  key: { name: "ECDSA", namedCurve: "P-256" },
  signature: { name: "ECDSA", hash: "SHA-256" },
};
const P256_BYTES = 32;

type Bytes = Uint8Array<ArrayBuffer>;

/** Whether the key, a SubjectPublicKeyInfo or a point, signed the bytes. A key of another kind did not. */
export async function isSignedBy(
  { format, key }: { readonly format: "spki" | "raw"; readonly key: Bytes },
  scheme: Scheme,
  signed: Bytes,
  signature: Bytes,
): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey(
      format,
      key,
      scheme.key,
      false,
      ["verify"],
    );
    return await crypto.subtle.verify(
      scheme.signature,
      imported,
      signature,
      signed,
    );
  } catch {
    return false;
  }
}

/** Whether the issuer's key signed the certificate. */
export async function isIssuedBy(
  certificate: Certificate,
  issuer: Certificate,
  scheme: Scheme,
): Promise<boolean> {
  const { signed, signature } = certificate;
  const bytes = scheme === P256 ? joinPair(signature) : signature;
  const key = { format: "spki", key: issuer.key } as const;
  return await isSignedBy(key, scheme, signed, bytes);
}

/** Certificates have an ECDSA signature as a DER pair, WebCrypto as two numbers in a row. @throws ChainError */
function joinPair(signature: Bytes): Bytes {
  const [pair] = readElements(signature);
  const [r, s] = readInside(pair, TAGS.SEQUENCE);
  const joined = new Uint8Array(2 * P256_BYTES);
  joined.set(readUnsigned(r, P256_BYTES));
  joined.set(readUnsigned(s, P256_BYTES), P256_BYTES);
  return joined;
}
