/** Failed logins: the error names the missing or refused setting and quotes no secret. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import type { AuthSettings } from "@/protocol/fetcher/vault_settings.ts";
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import {
  FakeVault,
  GRANTED,
  makePlan,
  makeSettings,
  refusal,
  type Reply,
} from "../fake_vault.ts";

const PLAN = makePlan(["PW", "password"]);

async function refuses(
  auth: AuthSettings,
  reply: () => Reply,
  ...words: RegExp[]
) {
  await using vault = new FakeVault(reply);
  const settings = makeSettings(vault.address, { auth });
  await assert.rejects(
    fetchSecrets(settings, PLAN, { secretId: "hunter2" }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError, String(error));
      for (const word of words) assert.match(error.message, word);
      assert.doesNotMatch(error.message, /hunter2|[\r\n]/);
      return true;
    },
  );
}

const MISSING: readonly (readonly [AuthSettings, RegExp])[] = [
  [{ method: "token", mount: "auth/token" }, /VAULT_TOKEN_FILE/],
  [
    { method: "token", mount: "auth/token", tokenFile: "/nonexistent/t" },
    /VAULT_TOKEN_FILE.*does not exist/,
  ],
  [
    { method: "token", mount: "auth/token", tokenFile: "/" },
    /VAULT_TOKEN_FILE/,
  ],
  [{ method: "kubernetes", mount: "auth/kubernetes" }, /VAULT_AUTH_ROLE/],
  [{
    method: "kubernetes",
    mount: "auth/kubernetes",
    role: "r",
    jwtFile: "/nonexistent/j",
  }, /VAULT_JWT_FILE/],
  [{ method: "approle", mount: "auth/approle" }, /VAULT_ROLE_ID/],
  [{ method: "cert", mount: "auth/../sys" }, /VAULT_AUTH_MOUNT_PATH/],
];
for (const [auth, word] of MISSING) {
  Deno.test(`fetchSecrets() names the setting that ${auth.method} lacks: ${word.source}`, async () => {
    await using vault = new FakeVault(() => GRANTED);
    const settings = makeSettings(vault.address, { auth });
    await assert.rejects(fetchSecrets(settings, PLAN, {}), (error: unknown) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, word);
      return true;
    });
    assert.equal(vault.seen.length, 0);
  });
}

const APPROLE = {
  method: "approle",
  mount: "auth/ar",
  roleId: "r",
} as const;

Deno.test("fetchSecrets() says what to check when a login is refused", async () => {
  const check = [
    /VAULT_AUTH_MOUNT_PATH \(auth\/ar\)/,
    /VAULT_SECRET_ID/,
  ];
  await refuses(
    APPROLE,
    () => refusal(403, "permission denied hunter2"),
    /permission denied/,
    ...check,
  );
  await refuses(
    APPROLE,
    () => refusal(400, "invalid role or secret ID"),
    /not accepted/,
    ...check,
  );
  await refuses(
    APPROLE,
    () => refusal(404, "no handler for route"),
    /nothing is mounted/,
    ...check,
  );
});

Deno.test("fetchSecrets() refuses a login without a token", async () => {
  await refuses(APPROLE, () => ({ data: {} }), /returned no token/);
  await refuses(
    APPROLE,
    () => ({ auth: { client_token: "a\nb" } }),
    /returned no token/,
  );
  await refuses(
    APPROLE,
    () => ({ auth: { client_token: "", mfa_requirement: {} } }),
    /second factor/,
  );
});

Deno.test("fetchSecrets() revokes its own token when the reads fail", async () => {
  await using vault = new FakeVault(({ path }) =>
    path.endsWith("/login")
      ? GRANTED
      : path.includes("revoke")
      ? {}
      : refusal(404)
  );
  const settings = makeSettings(vault.address, { auth: APPROLE });
  await assert.rejects(fetchSecrets(settings, PLAN, {}), ConfigError);
  const [revoked] = vault.to("/v1/auth/token/revoke-self");
  assert.equal(revoked?.headers.get("x-vault-token"), "s.granted");
});
