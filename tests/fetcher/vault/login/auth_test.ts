/** Logins: requests, responses, and the messages of refusals. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import type {
  AuthSettings,
  Credentials,
} from "@/protocol/fetcher/vault_settings.ts";
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import {
  FakeVault,
  GRANTED,
  kv2,
  makePlan,
  makeSettings,
  refusal,
} from "../fake_vault.ts";

const PLAN = makePlan(["PW", "password"]);

async function withFile(text: string, use: (path: string) => Promise<void>) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Logs in at a Vault that grants it, and gives the login that it saw. */
async function logIn(auth: AuthSettings, credentials: Credentials = {}) {
  await using vault = new FakeVault(({ path }) =>
    path.endsWith("/login") ? GRANTED : kv2({ password: "p" })
  );
  const fetched = await fetchSecrets(
    makeSettings(vault.address, { auth }),
    PLAN,
    credentials,
  );
  const [login, read] = vault.seen;
  assert.ok(login && read);
  assert.equal(read.headers.get("x-vault-token"), "s.granted");
  assert.equal(login.headers.get("x-vault-token"), null);
  return { fetched, path: login.path, body: JSON.parse(login.body) };
}

Deno.test("fetchSecrets() logs in with the projected token of Kubernetes", async () => {
  await withFile("ey.jwt\n", async (jwtFile) => {
    const auth = {
      method: "kubernetes",
      mount: "auth/k8s/prod",
      role: "app",
      jwtFile,
    } as const;
    const { path, body, fetched } = await logIn(auth);
    assert.equal(path, "/v1/auth/k8s/prod/login");
    assert.deepEqual(body, { role: "app", jwt: "ey.jwt" });
    assert.deepEqual(fetched.tokenInfo, {
      ttlSeconds: 1200,
      renewable: true,
      ours: true,
    });
    assert.equal(fetched.token, "s.granted");
  });
});

Deno.test("fetchSecrets() logs in by jwt, also with the mount's default role", async () => {
  const auth = { method: "jwt", mount: "auth/jwt" } as const;
  assert.deepEqual((await logIn(auth, { jwt: "ey" })).body, { jwt: "ey" });
  const withRole = { ...auth, role: "r" };
  assert.deepEqual((await logIn(withRole, { jwt: "ey" })).body, {
    jwt: "ey",
    role: "r",
  });
});

Deno.test("fetchSecrets() logs in by approle, with and without a secret ID", async () => {
  const auth = {
    method: "approle",
    mount: "auth/approle",
    roleId: "id",
  } as const;
  assert.deepEqual((await logIn(auth)).body, { role_id: "id" });
  assert.deepEqual((await logIn(auth, { secretId: "sid\n" })).body, {
    role_id: "id",
    secret_id: "sid",
  });
  await withFile("from-file\n", async (file) => {
    const files = {
      method: "approle",
      mount: "auth/approle",
      roleIdFile: file,
      secretIdFile: file,
    } as const;
    assert.deepEqual((await logIn(files)).body, {
      role_id: "from-file",
      secret_id: "from-file",
    });
  });
});

Deno.test("fetchSecrets() logs in by certificate, with and without a name", async () => {
  const auth = { method: "cert", mount: "auth/cert" } as const;
  assert.deepEqual((await logIn(auth)).body, {});
  assert.deepEqual((await logIn({ ...auth, role: "web" })).body, {
    name: "web",
  });
});

Deno.test("fetchSecrets() takes a token file that ends in a line feed", async () => {
  await withFile("s.file\n", async (tokenFile) => {
    await using vault = new FakeVault(() => kv2({ password: "p" }));
    const auth = { method: "token", mount: "auth/token", tokenFile } as const;
    const { token } = await fetchSecrets(
      makeSettings(vault.address, { auth }),
      PLAN,
      {},
    );
    assert.equal(token, "s.file");
    assert.equal(vault.seen[0]?.headers.get("x-vault-token"), "s.file");
  });
});

Deno.test("fetchSecrets() accepts tokens that do not expire, and batch tokens", async () => {
  for (
    const [data, info] of [
      [{ ttl: 0, expire_time: null }, {
        ttlSeconds: 0,
        renewable: false,
        ours: false,
      }],
      [{ ttl: 90, type: "batch", renewable: false }, {
        ttlSeconds: 90,
        renewable: false,
        ours: false,
      }],
    ] as const
  ) {
    await using vault = new FakeVault(({ path }) =>
      path.includes("lookup") ? { data } : kv2({ password: "p" })
    );
    const { tokenInfo } = await fetchSecrets(
      makeSettings(vault.address),
      PLAN,
      { token: "t" },
    );
    assert.deepEqual(tokenInfo, info);
  }
});

Deno.test("fetchSecrets() accepts a token that may read but not look itself up", async () => {
  await using vault = new FakeVault(({ path }) =>
    path.includes("lookup")
      ? refusal(403, "permission denied")
      : kv2({ password: "p" })
  );
  const { tokenInfo } = await fetchSecrets(makeSettings(vault.address), PLAN, {
    token: "t",
  });
  assert.deepEqual(tokenInfo, { ttlSeconds: 0, renewable: false, ours: false });
});

Deno.test("fetchSecrets() says that the token is not accepted, rather than the path", async () => {
  const auth = { method: "token", mount: "auth/token" } as const;
  await using vault = new FakeVault(() => refusal(403, "permission denied"));
  const settings = makeSettings(vault.address, { auth });
  await assert.rejects(
    fetchSecrets(settings, PLAN, { token: "t" }),
    /does not accept the token.*VAULT_TOKEN/,
  );
  const empty = { deliveries: [], bulk: [] };
  await assert.rejects(
    fetchSecrets(settings, empty, { token: "t" }),
    /does not accept the token/,
  );
});

Deno.test("fetchSecrets() refuses a token that cannot stand in a header, without showing it", async () => {
  await using vault = new FakeVault(() => ({}));
  for (const token of ["s.a\r\nx-evil: 1", "s.ü", "two words", "a\0b"]) {
    await assert.rejects(
      fetchSecrets(makeSettings(vault.address), PLAN, { token }),
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
