/** Login methods of an OpenBao server, each with a role `app` for the policy of that name. */
import { type Api, post, succeed } from "../../tools/openbao/api.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";
import type { JwtSigner } from "./signed_jwt.ts";

/** Enables a login method unless it is enabled already. */
async function enable(
  server: Api,
  type: string,
  mount = type,
): Promise<void> {
  const answer = await server.api("POST", `sys/auth/${mount}`, { type });
  if (!answer.text.includes("path is already in use")) succeed(answer);
}

/** AppRole `app`, changed by `more`; returns what a login needs. */
export async function setUpAppRole(
  server: Api,
  more: Record<string, unknown> = {},
): Promise<{ readonly roleId: string; readonly secretId: string }> {
  await enable(server, "approle");
  const role = "auth/approle/role/app";
  await post(server, role, {
    token_policies: "app",
    token_ttl: "1h",
    ...more,
  });
  const id = succeed(await server.api("GET", `${role}/role-id`));
  const secret = await post(server, `${role}/secret-id`, {});
  return { roleId: id.body.data.role_id, secretId: secret.body.data.secret_id };
}

/** JWT method at `auth/mount` that trusts `signer`, role `app`, audience `vault`. */
export async function setUpJwt(
  server: OpenBao,
  signer: JwtSigner,
  mount = "jwt",
): Promise<void> {
  await enable(server, "jwt", mount);
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

/** Kubernetes method that asks `host` for TokenReviews, role `app`. */
export async function setUpKubernetes(
  server: OpenBao,
  host: string,
): Promise<void> {
  await enable(server, "kubernetes");
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
  await enable(server, "cert");
  await post(server, "auth/cert/certs/app", {
    certificate: Deno.readTextFileSync(server.caFile),
    allowed_common_names: ["payments"],
    token_policies: ["app"],
    token_ttl: "1h",
  });
}
