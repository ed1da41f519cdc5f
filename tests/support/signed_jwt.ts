/** Signs JSON Web Tokens with a key made for the test (ES256). */
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from "jose";

/** A signer and the public key to give to Vault. */
export class JwtSigner {
  readonly publicKeyPem: string;
  readonly #key: CryptoKey;

  private constructor(publicKeyPem: string, key: CryptoKey) {
    this.publicKeyPem = publicKeyPem;
    this.#key = key;
  }

  /** Makes a key pair. */
  static async create(): Promise<JwtSigner> {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    return new JwtSigner(await exportSPKI(publicKey), privateKey);
  }

  /** A token with these claims, valid for one hour unless they say otherwise. */
  async sign(claims: Record<string, unknown>): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iat: now, nbf: now - 5, exp: now + 3600, ...claims };
    return await new SignJWT(all)
      .setProtectedHeader({ alg: "ES256", typ: "JWT" }).sign(this.#key);
  }
}
