/** OpenBao as the tests use it: one server for all tests of a file. */
import { type Api, post, succeed } from "../../tools/openbao/api.ts";
import { OpenBao } from "../../tools/openbao/server.ts";

/**
 * Starts a server before the first test of the calling file and stops it after
 * the last one. Call it while the file is loaded.
 *
 * @param setUp runs once, before the first test
 * @returns the server, for use in tests
 */
export function openBaoForFile(
  setUp: (server: OpenBao) => Promise<unknown>,
): () => OpenBao {
  let server: OpenBao | undefined;
  Deno.test.beforeAll(async () => {
    server = await OpenBao.start();
    await setUp(server);
  });
  Deno.test.afterAll(async () => await server?.stop());
  return () => {
    if (!server) throw new TypeError("OpenBao runs only during tests");
    return server;
  };
}

/** The variables that point a wrapper to a server; an empty token is left out. */
export function vaultEnvironment(
  server: { readonly address: string; readonly caFile: string },
  token: string,
): Record<string, string> {
  return {
    PATH: "/usr/bin:/bin",
    VAULT_ADDR: server.address,
    VAULT_CACERT: server.caFile,
    ...(token && { VAULT_TOKEN: token }),
  };
}

/** The variables of a login by AppRole. */
export function appRoleLogin(
  { roleId, secretId }: { readonly roleId: string; readonly secretId: string },
): Record<string, string> {
  return {
    VAULT_AUTH_METHOD: "approle",
    VAULT_ROLE_ID: roleId,
    VAULT_SECRET_ID: secretId,
  };
}

/** AppRole `app` for the policy of that name, changed by `more`; returns the ids for a login. */
export async function setUpAppRole(
  server: Api,
  more: Record<string, unknown> = {},
): Promise<{ readonly roleId: string; readonly secretId: string }> {
  const method = { type: "approle" };
  const enabled = await server.api("POST", "sys/auth/approle", method);
  // Another test of the file may have enabled it.
  if (!enabled.text.includes("path is already in use")) succeed(enabled);
  const role = "auth/approle/role/app";
  await post(server, role, { token_policies: "app", token_ttl: "1h", ...more });
  const id = succeed(await server.api("GET", `${role}/role-id`));
  const secret = await post(server, `${role}/secret-id`, {});
  return { roleId: id.body.data.role_id, secretId: secret.body.data.secret_id };
}
