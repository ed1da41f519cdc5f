/**
 * Login methods of an OpenBao server, each with a role `app` that has the policy
 * `app`, and what they trust: a signer of JWTs, and a Kubernetes API.
 */
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { post } from "../../tools/openbao/api.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";

/** JWT method at `auth/mount` that trusts `signer`, role `app`, audience `vault`. */
export async function setUpJwt(
  server: OpenBao,
  signer: JwtSigner,
  mount = "jwt",
): Promise<void> {
  await post(server, `sys/auth/${mount}`, { type: "jwt" });
  await post(server, `auth/${mount}/config`, {
    jwt_validation_pubkeys: [signer.publicKeyPem],
    bound_issuer: "https://issuer.test",
  });
  await post(server, `auth/${mount}/role/app`, {
    role_type: "jwt",
    user_claim: "sub",
    bound_audiences: ["vault"],
    token_policies: ["app"],
    token_ttl: "1h",
  });
}

/** Kubernetes method that sends TokenReviews to `host`, role `app`. */
export async function setUpKubernetes(
  server: OpenBao,
  host: string,
): Promise<void> {
  await post(server, "sys/auth/kubernetes", { type: "kubernetes" });
  await post(server, "auth/kubernetes/config", {
    kubernetes_host: host,
    kubernetes_ca_cert: Deno.readTextFileSync(server.caFile),
    disable_local_ca_jwt: true,
  });
  await post(server, "auth/kubernetes/role/app", {
    bound_service_account_names: ["payments"],
    bound_service_account_namespaces: ["production"],
    token_policies: ["app"],
    token_ttl: "1h",
  });
}

/** Certificate method that trusts the tests' authority, role `app`. */
export async function setUpCert(server: OpenBao): Promise<void> {
  await post(server, "sys/auth/cert", { type: "cert" });
  await post(server, "auth/cert/certs/app", {
    certificate: Deno.readTextFileSync(server.caFile),
    allowed_common_names: ["payments"],
    token_policies: ["app"],
    token_ttl: "1h",
  });
}

/** TokenReview over plain HTTP on loopback: accepts the tokens in `accepted`. `await using` stops it. */
export class TokenReviewServer {
  readonly address: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** The uid of every account. */
  readonly uid = "5d4f2e0a-0000-4000-8000-000000000001";
  /** Accepted token → service account, `namespace:name`. */
  readonly accepted = new Map<string, string>();

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
    this.address = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/apis/authentication.k8s.io/v1/tokenreviews") {
      return new Response("not found", { status: 404 });
    }
    const review = await request.json();
    return Response.json({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      status: this.#status(review.spec.token),
    }, { status: 201 });
  }

  #status(token: string): Record<string, unknown> {
    const account = this.accepted.get(token);
    if (!account) {
      return { authenticated: false, error: "invalid bearer token" };
    }
    const [namespace] = account.split(":");
    const all = "system:serviceaccounts";
    const groups = [all, `${all}:${namespace}`, "system:authenticated"];
    const username = `system:serviceaccount:${account}`;
    return { authenticated: true, user: { username, uid: this.uid, groups } };
  }
}

/** Signs JSON Web Tokens (ES256); Vault gets the public key. */
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
