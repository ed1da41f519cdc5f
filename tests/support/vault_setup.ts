/**
 * Furnishes a fresh Vault for the tests, the same calls on the real and on
 * the development one: engines, a policy, every auth method, some secrets.
 */
import type { JwtSigner } from "./signed_jwt.ts";
import { succeed, type VaultServer } from "./vault_server.ts";

/** A server, or a cluster of them. */
type Api = Pick<VaultServer, "api">;

/** What the cases' policy `app` may do. */
export const APP_POLICY = `
path "secret/data/*" { capabilities = ["read"] }
path "kv/*" { capabilities = ["read"] }
path "database/creds/*" { capabilities = ["read"] }
path "secret/data/forbidden" { capabilities = ["deny"] }
`;

/** Engines `secret` (KV v2) and `kv` (KV v1), policy `app`. */
export async function setUpSecrets(server: Api): Promise<void> {
  await post(server, "sys/mounts/secret", { type: "kv", options: V2 });
  await post(server, "sys/mounts/kv", { type: "kv", options: V1 });
  await post(server, "sys/policies/acl/app", { policy: APP_POLICY });
  await writable(server, "secret/data/app", {
    data: { password: "first-password", username: "first-user" },
  });
  await post(server, "secret/data/app", {
    data: { password: "s3cr3t-p4ss", username: "app-user", port: 5432 },
  });
  await post(server, "kv/legacy", { api_key: "legacy-key-1", on: true });
}

const V1 = { version: "1" };
const V2 = { version: "2" };

/** A token of policy `app`, `ttl` like `1h`. */
export async function makeToken(
  server: VaultServer,
  options: Record<string, unknown> = {},
): Promise<string> {
  const answer = await post(server, "auth/token/create", {
    policies: ["app"],
    ttl: "1h",
    ...options,
  });
  return answer.body.auth.client_token;
}

/** AppRole `app`, changed by `more`; returns what a login needs. */
export async function setUpAppRole(
  server: Api,
  more: Record<string, unknown> = {},
): Promise<{ readonly roleId: string; readonly secretId: string }> {
  await post(server, "sys/auth/approle", { type: "approle" });
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
  server: VaultServer,
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

/** Kubernetes method that asks `host` for TokenReviews, role `app`. */
export async function setUpKubernetes(
  server: VaultServer,
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
export async function setUpCert(server: VaultServer): Promise<void> {
  await post(server, "sys/auth/cert", { type: "cert" });
  await post(server, "auth/cert/certs/app", {
    certificate: Deno.readTextFileSync(server.caFile),
    allowed_common_names: ["payments"],
    token_policies: ["app"],
    token_ttl: "1h",
  });
}

/** What the database engine connects to. */
export interface Database {
  readonly connectionUrl: string;
  readonly administrator: {
    readonly username: string;
    readonly password: string;
  };
}

/** Database engine; roles come by `setUpDatabaseRole`. */
export async function setUpDatabase(
  server: VaultServer,
  database: Database,
): Promise<void> {
  await post(server, "sys/mounts/database", { type: "database" });
  await post(server, "database/config/main", {
    plugin_name: "postgresql-database-plugin",
    allowed_roles: "*",
    connection_url: database.connectionUrl,
    ...database.administrator,
  });
}

/** A role of the database engine whose credentials live `ttl` to `maxTtl`. */
export async function setUpDatabaseRole(
  server: VaultServer,
  name: string,
  times: { readonly ttl: string; readonly maxTtl: string },
): Promise<void> {
  await post(server, `database/roles/${name}`, {
    db_name: "main",
    creation_statements: [
      `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
    ],
    default_ttl: times.ttl,
    max_ttl: times.maxTtl,
  });
}

/** One POST as root that must succeed. */
export async function post(
  server: Api,
  path: string,
  body: unknown,
  namespace?: string,
) {
  const options = namespace ? { namespace } : {};
  return succeed(await server.api("POST", path, body, options));
}

/** A fresh KV v2 mount answers 400 while it upgrades itself: waits for it. */
async function writable(
  server: Api,
  path: string,
  body: unknown,
): Promise<void> {
  const limit = Date.now() + 5_000;
  let answer = await server.api("POST", path, body);
  while (answer.status === 400 && Date.now() < limit) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    answer = await server.api("POST", path, body);
  }
  succeed(answer);
}
