/** Logins: requests, responses, and the messages of refusals. */
import assert from "node:assert/strict";
import type {
  AuthSettings,
  Credentials,
} from "@/protocol/fetcher/vault_settings.ts";
import {
  APPROLE,
  FakeVault,
  fetchBy,
  GRANTED,
  refusal,
  type Reply,
  SECRET,
  TOKEN,
  TOKEN_AUTH,
} from "../fake_vault.ts";
import { RawServer, readHead, writeText } from "../raw_server.ts";

async function withFile(text: string, use: (path: string) => Promise<void>) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Logs in at a Vault that grants it. @returns the result, and path and body of the login */
async function logIn(auth: AuthSettings, credentials: Credentials = {}) {
  await using vault = new FakeVault(({ path }) =>
    path.endsWith("/login") ? GRANTED : SECRET
  );
  const fetched = await fetchBy(auth, vault, credentials);
  const [login, read] = vault.seen;
  assert.ok(login && read);
  assert.equal(read.headers.get("x-vault-token"), "s.granted");
  assert.equal(login.headers.get("x-vault-token"), null);
  return { fetched, path: login.path, body: JSON.parse(login.body) };
}

Deno.test("fetchSecrets() logs in with the projected token of Kubernetes", () =>
  withFile("ey.jwt\n", async (jwtFile) => {
    const mount = "auth/k8s/prod";
    const auth = { method: "kubernetes", mount, role: "app", jwtFile } as const;
    const { path, body, fetched } = await logIn(auth);
    assert.equal(path, "/v1/auth/k8s/prod/login");
    assert.deepEqual(body, { role: "app", jwt: "ey.jwt" });
    const info = { ttlSeconds: 1200, renewable: true, issuedByLogin: true };
    assert.deepEqual(fetched.tokenInfo, info);
    assert.equal(fetched.token, "s.granted");
  }));

Deno.test("the body of a login by jwt, approle and certificate, with and without optional fields", async () => {
  const jwt = { method: "jwt", mount: "auth/jwt" } as const;
  const cert = { method: "cert", mount: "auth/cert" } as const;
  const cases: readonly [AuthSettings, Credentials, object][] = [
    [{ ...jwt, role: "r" }, { jwt: "ey" }, { jwt: "ey", role: "r" }],
    [APPROLE, {}, { role_id: "r" }],
    [APPROLE, { secretId: "sid\n" }, { role_id: "r", secret_id: "sid" }],
    [cert, {}, {}],
    [{ ...cert, role: "web" }, {}, { name: "web" }],
  ];
  for (const [auth, credentials, body] of cases) {
    assert.deepEqual((await logIn(auth, credentials)).body, body);
  }
  await assert.rejects(logIn(jwt, { jwt: "ey" }), /jwt auth needs a role/);
});

Deno.test("fetchSecrets() logs in by approle with ids from files", () =>
  withFile("from-file\n", async (file) => {
    const { roleId: _, ...approle } = APPROLE;
    const auth = { ...approle, roleIdFile: file, secretIdFile: file };
    const wanted = { role_id: "from-file", secret_id: "from-file" };
    assert.deepEqual((await logIn(auth)).body, wanted);
  }));

Deno.test("fetchSecrets() accepts a token file that ends in a line feed", () =>
  withFile("s.file\n", async (tokenFile) => {
    await using vault = new FakeVault(() => SECRET);
    const { token } = await fetchBy({ ...TOKEN_AUTH, tokenFile }, vault);
    assert.equal(token, "s.file");
    assert.equal(vault.seen[0]?.headers.get("x-vault-token"), "s.file");
  }));

Deno.test("fetchSecrets() accepts tokens that do not expire, batch tokens, and tokens without lookup", async () => {
  const batch = { ttl: 90, type: "batch", renewable: false };
  // The last second of a token.
  const ending = { ttl: 0, expire_time: "2026-11-26T22:00:00Z" };
  for (
    const [lookUp, lifetime] of [
      [() => ({ data: { ttl: 0, expire_time: null } }), {}],
      [() => ({ data: ending }), { ttlSeconds: 0 }],
      [() => ({ data: batch }), { ttlSeconds: 90 }],
      [() => refusal(403, "permission denied"), {}],
    ] as const
  ) {
    await using vault = new FakeVault(({ path }) =>
      path.includes("lookup") ? lookUp() : SECRET
    );
    const fetched = await fetchBy(TOKEN_AUTH, vault, { token: "t" });
    const info = { ...lifetime, renewable: false, issuedByLogin: false };
    assert.deepEqual(fetched.tokenInfo, info);
  }
});

Deno.test("fetchSecrets() looks a given token up after the reads, on their connection", async () => {
  const paths: string[] = [];
  const bodies = [await asJson(SECRET), '{"data":{"ttl":60}}'];
  await using server = new RawServer(async (connection) => {
    for (const body of bodies) {
      paths.push((await readHead(connection)).split(" ")[1] ?? "");
      const length = `content-length: ${body.length}`;
      await writeText(
        connection,
        `HTTP/1.1 200 OK\r\n${length}\r\n\r\n${body}`,
      );
    }
  });
  const { tokenInfo } = await fetchBy(TOKEN_AUTH, server, { token: TOKEN });
  assert.equal(tokenInfo.ttlSeconds, 60);
  assert.deepEqual(paths, [
    "/v1/secret/data/app",
    "/v1/auth/token/lookup-self",
  ]);
  assert.equal(server.accepted, 1);
});

async function asJson(reply: Reply): Promise<string> {
  return reply instanceof Response ? await reply.text() : JSON.stringify(reply);
}
