/** Reads: each path once, both versions of KV, leases. */
import assert from "node:assert/strict";
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import {
  FakeVault,
  fetchFrom,
  kv2,
  loadTemplates,
  makeSettings,
  planOf,
  startReading,
  TOKEN,
} from "./fake_vault.ts";

const APP = "secret/data/app";

Deno.test("fetchSecrets() reads a path once for all of its fields", async () => {
  await using vault = startReading(() => kv2({ user: "u", password: "p" }));
  const password = { path: APP, field: "password" };
  const deliveries = [
    { name: "U", parts: [{ path: APP, field: "user" }] },
    { name: "PW", parts: [password] },
    { name: "AGAIN", parts: [password] },
    {
      name: "DSN",
      parts: [{ text: "pg://" }, { path: `/v1/${APP}`, field: "user" }],
    },
  ];
  const texts = await fetchFrom(vault, { plan: { deliveries, bulk: [] } });
  assert.deepEqual(texts, { U: "u", PW: "p", AGAIN: "p", DSN: "pg://u" });
  assert.equal(vault.to("/v1/secret").length, 1);
});

Deno.test("fetchSecrets() reads each version of a path once", async () => {
  await using vault = startReading(({ path }) =>
    kv2({ password: path.slice(-1) })
  );
  const deliveries = [1, 2, 2].map((version, i) => ({
    name: `V${i}`,
    parts: [{ path: APP, field: "password", version }],
  }));
  const texts = await fetchFrom(vault, { plan: { deliveries, bulk: [] } });
  assert.deepEqual(texts, { V0: "1", V1: "2", V2: "2" });
  assert.equal(vault.to("/v1/secret/data/app?version=").length, 2);
});

Deno.test("fetchSecrets() reads 1,000 paths, never more than 32 at once", async () => {
  let now = 0;
  let most = 0;
  await using vault = startReading(async ({ path }) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now--;
    return kv2({ password: path });
  });
  const deliveries = Array.from({ length: 1000 }, (_, i) => ({
    name: `N${i}`,
    parts: [{ path: `secret/data/${i}`, field: "password" }],
  }));
  const plan = { deliveries, bulk: [] };
  const limits = { requestTimeoutMs: 20_000, deadlineMs: 30_000 };
  const texts = await fetchFrom(vault, { plan, ...limits });
  assert.equal(texts.N999, "/v1/secret/data/999");
  assert.ok(most > 4 && most <= 32, `${most} at once`);
});

Deno.test("fetchSecrets() reads KV version 1, also with fields named data and metadata", async () => {
  const data = { password: "p", data: "d", metadata: "m" };
  await using vault = startReading(() => ({ data }));
  const plan = { deliveries: [], bulk: [{ path: "kv/app" }] };
  assert.deepEqual(await fetchFrom(vault, { plan }), data);
});

Deno.test("fetchSecrets() notes leases of dynamic secrets", async () => {
  await using vault = startReading(() => ({
    lease_id: "database/creds/app/xyz",
    lease_duration: 60,
    renewable: true,
    data: { username: "u", password: "p" },
  }));
  const path = "database/creds/app";
  const plan = { deliveries: [], bulk: [{ path }] };
  const settings = makeSettings(vault.address);
  const fetched = await fetchSecrets(settings, plan, { token: TOKEN }, {
    loadTemplates,
  });
  assert.deepEqual(fetched.leases, [
    { id: `${path}/xyz`, path, ttlSeconds: 60, renewable: true },
  ]);
  assert.equal(fetched.token, TOKEN);
  const info = { ttlSeconds: 3600, renewable: true, issuedByLogin: false };
  assert.deepEqual(fetched.tokenInfo, info);
});

Deno.test("fetchSecrets() revokes leases when it fails halfway", async () => {
  await using vault = new FakeVault(({ path }) => {
    if (path.includes("creds")) {
      return { lease_id: "creds/1", lease_duration: 60, data: { a: "1" } };
    }
    if (path.includes("lookup")) return { data: { ttl: 0 } };
    return new Response(null, { status: 204 });
  });
  const plan = planOf("creds/app", "missing");
  await assert.rejects(fetchFrom(vault, { plan }), /missing/);
  const [revoked] = vault.to("/v1/sys/leases/revoke");
  assert.match(revoked?.body ?? "", /creds\/1/);
  // The token was given.
  assert.equal(vault.to("/v1/auth/token/revoke-self").length, 0);
});
