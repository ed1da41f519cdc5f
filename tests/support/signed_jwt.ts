/** Signs JSON Web Tokens with a key made for the test (ES256). */
import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";

/** A signer and the public key to give to Vault. */
export class JwtSigner {
  readonly publicKeyPem: string;
  readonly #key;

  constructor() {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = pair.privateKey;
    this.publicKeyPem = pair.publicKey
      .export({ type: "spki", format: "pem" }).toString();
  }

  /** A token with these claims, one hour long unless they say otherwise. */
  sign(claims: Record<string, unknown>): string {
    const now = Math.floor(Date.now() / 1000);
    const body = { iat: now, nbf: now - 5, exp: now + 3600, ...claims };
    const text = `${part({ alg: "ES256", typ: "JWT" })}.${part(body)}`;
    const signature = sign("sha256", Buffer.from(text), {
      key: this.#key,
      dsaEncoding: "ieee-p1363",
    });
    return `${text}.${signature.toString("base64url")}`;
  }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
