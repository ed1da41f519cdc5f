/** Failed logins: the error names the missing or refused setting and quotes no secret. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import type { AuthSettings } from "@/protocol/fetcher/vault_settings.ts";
import {
  APPROLE,
  FakeVault,
  fetchBy,
  fetchFrom,
  GRANTED,
  kv2,
  refusal,
  rejects,
  type Reply,
  TOKEN_AUTH,
} from "../fake_vault.ts";

const KUBERNETES = { method: "kubernetes", mount: "auth/kubernetes" } as const;

const MISSING: readonly (readonly [AuthSettings, RegExp])[] = [
  [TOKEN_AUTH, /VAULT_TOKEN_FILE/],
  [
    { ...TOKEN_AUTH, tokenFile: "/nonexistent/t" },
    /VAULT_TOKEN_FILE.*does not exist/,
  ],
  [{ ...TOKEN_AUTH, tokenFile: "/" }, /VAULT_TOKEN_FILE/],
  [KUBERNETES, /VAULT_AUTH_ROLE/],
  [{ ...KUBERNETES, role: "r", jwtFile: "/nonexistent/j" }, /VAULT_JWT_FILE/],
  [{ method: "approle", mount: "auth/approle" }, /VAULT_ROLE_ID/],
  [{ method: "cert", mount: "auth/../sys" }, /VAULT_AUTH_MOUNT_PATH/],
];
for (const [auth, word] of MISSING) {
  Deno.test(`fetchSecrets() names the setting that ${auth.method} lacks: ${word.source}`, async () => {
    await using vault = new FakeVault(() => GRANTED);
    await rejects(fetchBy(auth, vault), ConfigError, word);
    assert.equal(vault.seen.length, 0);
  });
}

const CHECK = [/VAULT_AUTH_MOUNT_PATH \(auth\/approle\)/, /VAULT_SECRET_ID/];
const noToken = { client_token: "", mfa_requirement: {} };
const REFUSED: readonly (readonly [string, () => Reply, ...RegExp[]])[] = [
  [
    "is forbidden",
    () => refusal(403, "permission denied hunter2"),
    ...[/permission denied/, ...CHECK],
  ],
  [
    "is not accepted",
    () => refusal(400, "invalid role or secret ID"),
    ...[/not accepted/, ...CHECK],
  ],
  [
    "has no auth method",
    () => refusal(404, "no handler for route"),
    ...[/nothing is mounted/, ...CHECK],
  ],
  ["returns no token", () => ({ data: {} }), /returned no token/],
  [
    "returns an invalid token",
    () => ({ auth: { client_token: "a\nb" } }),
    /returned no token/,
  ],
  ["needs a second factor", () => ({ auth: noToken }), /second factor/],
];
for (const [what, reply, ...words] of REFUSED) {
  Deno.test(`fetchSecrets() fails when a login ${what}`, async () => {
    await using vault = new FakeVault(reply);
    const fetching = fetchBy(APPROLE, vault, { secretId: "hunter2" });
    await rejects(fetching, ConfigError, ...words);
  });
}

Deno.test("fetchSecrets() revokes its own token when the reads fail", async () => {
  await using vault = new FakeVault(({ path }) => {
    if (path.endsWith("/login")) return GRANTED;
    return path.includes("revoke") ? {} : refusal(404);
  });
  await rejects(fetchBy(APPROLE, vault), ConfigError);
  const [revoked] = vault.to("/v1/auth/token/revoke-self");
  assert.equal(revoked?.headers.get("x-vault-token"), "s.granted");
});

Deno.test("fetchSecrets() reports that the token is not accepted, rather than the path", async () => {
  await using vault = new FakeVault(() => refusal(403, "permission denied"));
  const words = /does not accept the token.*VAULT_TOKEN/;
  await rejects(fetchBy(TOKEN_AUTH, vault, { token: "t" }), ConfigError, words);
  const plan = { deliveries: [], bulk: [] };
  await rejects(
    fetchFrom(vault, { plan }),
    ConfigError,
    /not accept the token/,
  );
});

Deno.test("fetchSecrets() names where the refused token came from, and the remedy", async () => {
  await using vault = new FakeVault(() => refusal(403, "permission denied"));
  const token = "t";
  const tokenFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(tokenFile, "s.file");
    for (
      const [auth, credentials, words] of [
        [{}, { token }, /Set VAULT_TOKEN to a new one and restart/],
        [{ tokenFile }, { token }, /Set VAULT_TOKEN to a new one/],
        [{ tokenFile }, {}, /to VAULT_TOKEN_FILE, which is read at each/],
        [{ isUnsealed: true }, { token }, /by POST \/v1\/unseal: bring a new/],
      ] as const
    ) {
      const fetching = fetchBy({ ...TOKEN_AUTH, ...auth }, vault, credentials);
      await rejects(fetching, ConfigError, words);
    }
  } finally {
    await Deno.remove(tokenFile);
  }
});

Deno.test("fetchSecrets() refuses a token that a header cannot contain, without quoting it", async () => {
  await using vault = new FakeVault(() => kv2({}));
  for (const token of ["s.a\r\nx-evil: 1", "s.ü", "two words", "a\0b"]) {
    await assert.rejects(
      fetchBy(TOKEN_AUTH, vault, { token }),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /VAULT_TOKEN/);
        assert.ok(!error.message.includes(token));
        return true;
      },
    );
  }
  assert.equal(vault.seen.length, 0);
});
