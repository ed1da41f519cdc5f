/** Secrets and a policy in a new OpenBao, and tokens to read them with. */
import { type Api, post, succeed } from "./api.ts";

/** Rules of the policy `app`. */
const APP_POLICY = `
path "secret/data/*" { capabilities = ["read"] }
path "kv/*" { capabilities = ["read"] }
path "database/creds/*" { capabilities = ["read"] }
path "secret/data/forbidden" { capabilities = ["deny"] }
`;

/** The newest version of secret/data/app. */
export const APP_SECRET = {
  password: "s3cr3t-p4ss",
  username: "app-user",
  port: 5432,
} as const;

/** Engines `secret` (KV v2) and `kv` (KV v1) with some secrets, and the policy `app`. */
export async function setUpSecrets(server: Api): Promise<void> {
  const version = (number: string) => ({
    type: "kv",
    options: { version: number },
  });
  await post(server, "sys/mounts/secret", version("2"));
  await post(server, "sys/mounts/kv", version("1"));
  await post(server, "sys/policies/acl/app", { policy: APP_POLICY });
  await writeFirst(server, "secret/data/app", {
    data: { password: "first-password", username: "first-user" },
  });
  await post(server, "secret/data/app", { data: APP_SECRET });
  await post(server, "kv/legacy", { api_key: "legacy-key-1", on: true });
}

/** A token of policy `app` that lives for one hour, changed by `more`. */
export async function makeToken(
  server: Api,
  more: Record<string, unknown> = {},
): Promise<string> {
  const request = { policies: ["app"], ttl: "1h", ...more };
  const { body } = await post(server, "auth/token/create", request);
  return body.auth.client_token;
}

/** A new KV v2 mount answers 400 while it upgrades itself: repeats the write until then. */
async function writeFirst(
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
