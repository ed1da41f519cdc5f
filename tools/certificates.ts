/**
 * Makes certificates for tests and for the test cluster: an authority and what
 * it signs, with P-256 keys. Not for production: the keys are not protected.
 */
// The library finds its own parts through decorators.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;

/** A certificate and its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** The content of a certificate. */
export interface Subject {
  /** A distinguished name such as `O=system:masters, CN=admin`. */
  readonly name: string;
  /** DNS names and IPv4 addresses of a server. */
  readonly hosts?: readonly string[];
  /** Days from now; a negative number makes an expired certificate. Default: 2. */
  readonly days?: number;
}

/** An authority that signs certificates for servers and clients. */
export class Authority {
  readonly identity: Identity;
  readonly #cert: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;

  private constructor(
    identity: Identity,
    cert: x509.X509Certificate,
    keys: CryptoKeyPair,
  ) {
    this.identity = identity;
    this.#cert = cert;
    this.#keys = keys;
  }

  /** Makes a self-signed authority, valid for 30 days. */
  static async create(commonName: string): Promise<Authority> {
    const keys = await makeKeys();
    const cert = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${commonName}`,
      keys,
      ...validity(30),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(await encode(cert, keys), cert, keys);
  }

  /** Makes a key and a certificate for it. */
  async issue({ name, hosts = [], days = 2 }: Subject): Promise<Identity> {
    const keys = await makeKeys();
    const names = hosts.map((value) => ({
      type: /^[\d.]+$/.test(value) ? "ip" as const : "dns" as const,
      value,
    }));
    const cert = await x509.X509CertificateGenerator.create({
      subject: name,
      issuer: this.#cert.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      ...validity(days),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.#cert),
        ...names.length > 0
          ? [new x509.SubjectAlternativeNameExtension(names)]
          : [],
      ],
    });
    return await encode(cert, keys);
  }
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Begins a day early, so that a clock that is behind does not matter. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const end = Date.now() + days * DAY_MS;
  return {
    notBefore: new Date(Math.min(Date.now(), end) - DAY_MS),
    notAfter: new Date(end),
  };
}

async function encode(
  cert: x509.X509Certificate,
  { privateKey }: CryptoKeyPair,
): Promise<Identity> {
  const key = await crypto.subtle.exportKey("pkcs8", privateKey);
  return {
    cert: `${cert.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}
