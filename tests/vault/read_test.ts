/** Reading: each path once, KV of both versions, leases, and refusals that say what to correct. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/mod.ts";
import { fetchSecrets, type Plan } from "@/vault/mod.ts";
import {
  FakeVault,
  fetchTexts,
  kv2,
  makePlan,
  makeSettings,
  refusal,
  type Reply,
  startReading,
  TOKEN,
} from "./fake_vault.ts";

const PLAN = makePlan(["PW", "password"]);

function planOf(path: string, version?: number): Plan {
  const part = version === undefined
    ? { path, field: "password" }
    : { path, field: "password", version };
  return { deliveries: [{ name: "PW", parts: [part] }], bulk: [] };
}

async function refuses(reply: () => Reply, plan: Plan, ...words: RegExp[]) {
  await using vault = startReading(reply);
  await assert.rejects(
    fetchTexts(makeSettings(vault.address), plan),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError, String(error));
      for (const word of words) assert.match(error.message, word);
      assert.doesNotMatch(error.message, /hunter2|[\r\n]/);
      return true;
    },
  );
}

Deno.test("fetchSecrets() reads a path once for all of its fields", async () => {
  await using vault = startReading(() => kv2({ user: "u", password: "p" }));
  const plan = makePlan(["U", "user"], ["PW", "password"], [
    "AGAIN",
    "password",
  ]);
  const deliveries = [...plan.deliveries, {
    name: "DSN",
    parts: [{ text: "pg://" }, { path: "/v1/secret/data/app", field: "user" }],
  }];
  const texts = await fetchTexts(makeSettings(vault.address), {
    deliveries,
    bulk: [],
  });
  assert.deepEqual(texts, { U: "u", PW: "p", AGAIN: "p", DSN: "pg://u" });
  assert.equal(vault.to("/v1/secret").length, 1);
});

Deno.test("fetchSecrets() reads each version of a path once", async () => {
  await using vault = startReading(({ path }) =>
    kv2({ password: path.slice(-1) })
  );
  const deliveries = [1, 2, 2].map((version, i) => ({
    name: `V${i}`,
    parts: [{ path: "secret/data/app", field: "password", version }],
  }));
  const texts = await fetchTexts(makeSettings(vault.address), {
    deliveries,
    bulk: [],
  });
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
  const texts = await fetchTexts(makeSettings(vault.address), {
    deliveries,
    bulk: [],
  });
  assert.equal(texts.N999, "/v1/secret/data/999");
  assert.ok(most > 4 && most <= 32, `${most} at once`);
});

Deno.test("fetchSecrets() reads KV version 1, also with fields named data and metadata", async () => {
  await using vault = startReading(() => ({
    data: { password: "p", data: "d", metadata: "m" },
  }));
  const plan = { deliveries: [], bulk: [{ path: "kv/app" }] };
  assert.deepEqual(await fetchTexts(makeSettings(vault.address), plan), {
    password: "p",
    data: "d",
    metadata: "m",
  });
});

Deno.test("fetchSecrets() notes leases of dynamic secrets", async () => {
  await using vault = startReading(() => ({
    lease_id: "database/creds/app/xyz",
    lease_duration: 60,
    renewable: true,
    data: { username: "u", password: "p" },
  }));
  const plan = { deliveries: [], bulk: [{ path: "database/creds/app" }] };
  const { leases, token, tokenInfo } = await fetchSecrets(
    makeSettings(vault.address),
    plan,
    { token: TOKEN },
  );
  assert.deepEqual(leases, [{
    id: "database/creds/app/xyz",
    path: "database/creds/app",
    ttlSeconds: 60,
    renewable: true,
  }]);
  assert.equal(token, TOKEN);
  assert.deepEqual(tokenInfo, {
    ttlSeconds: 3600,
    renewable: true,
    ours: false,
  });
});

Deno.test("fetchSecrets() hints at data/ where KV version 2 was meant", async () => {
  const warnings = [
    "Invalid path for a versioned K/V secrets engine. See the API docs.",
  ];
  await refuses(
    () => Response.json({ data: null, warnings }, { status: 404 }),
    planOf("secret/app"),
    /secret\/app/,
    /PW/,
    /data\//,
  );
  await refuses(
    () => refusal(403, "permission denied"),
    planOf("secret/app"),
    /permission denied/,
    /data\//,
  );
});

Deno.test("fetchSecrets() says which path is missing or forbidden, and for whom", async () => {
  await refuses(
    () => refusal(404),
    PLAN,
    /"secret\/data\/app" \(for PW\)/,
    /nothing at/,
  );
  await refuses(
    () => refusal(404, 'no handler for route "x"'),
    PLAN,
    /nothing is mounted/,
  );
  await refuses(
    () => refusal(404, "namespace not found"),
    PLAN,
    /no such namespace/,
  );
  await refuses(() => refusal(403, "permission denied"), PLAN, /policy/);
  await refuses(
    () => refusal(405, "unsupported operation"),
    planOf("pki/issue/x"),
    /writes only/,
  );
});

Deno.test("fetchSecrets() tells a deleted version from a destroyed one", async () => {
  const gone = (destroyed: boolean) => () =>
    Response.json({
      data: {
        data: null,
        metadata: { version: 3, destroyed, created_time: "t" },
      },
    }, { status: 404 });
  await refuses(gone(false), PLAN, /Version 3 .* deleted/);
  await refuses(gone(true), PLAN, /Version 3 .* destroyed/);
});

Deno.test("fetchSecrets() refuses a version where there are none", async () => {
  await refuses(
    () => ({ data: { password: "hunter2" } }),
    planOf("kv/app", 2),
    /no versions/,
  );
});

Deno.test("fetchSecrets() refuses answers without fields", async () => {
  for (const data of [null, "hunter2", ["hunter2"], 1]) {
    await refuses(() => ({ data }), planOf("sys/odd"), /sys\/odd/);
  }
});

Deno.test("fetchSecrets() refuses a 10 MiB value with its size", async () => {
  const big = "hunter2".repeat(1_500_000);
  await refuses(
    () => kv2({ password: big }),
    PLAN,
    /PW/,
    /10500000 bytes/,
    /128 KiB/,
  );
});

Deno.test("fetchSecrets() survives JSON nested a million deep", async () => {
  const deep = "[".repeat(1e6) + "1" + "]".repeat(1e6);
  const body =
    `{"data":{"data":{"password":${deep}},"metadata":{"version":1,"created_time":"t"}}}`;
  await refuses(() => new Response(body), PLAN, /PW|nested/);
});

Deno.test("fetchSecrets() ends at the first refusal although another path is retried", async () => {
  await using vault = startReading(({ path }) =>
    path.includes("slow") ? refusal(503) : refusal(403)
  );
  const settings = makeSettings(vault.address, { deadlineMs: 60_000 });
  const deliveries = ["slow", "forbidden"].map((p, i) => ({
    name: `N${i}`,
    parts: [{ path: `secret/data/${p}`, field: "f" }],
  }));
  await assert.rejects(
    fetchTexts(settings, { deliveries, bulk: [] }),
    /forbids reading.*forbidden/,
  );
});

Deno.test("fetchSecrets() gives leases back when it fails half-way", async () => {
  await using vault = new FakeVault(({ path }) => {
    if (path.includes("creds")) {
      return { lease_id: "creds/1", lease_duration: 60, data: { a: "1" } };
    }
    if (path.includes("lookup")) return { data: { ttl: 0 } };
    return new Response(null, { status: 204 });
  });
  const plan: Plan = {
    deliveries: [{
      name: "A",
      parts: [{ path: "creds/app", field: "missing" }],
    }],
    bulk: [],
  };
  await assert.rejects(
    fetchTexts(makeSettings(vault.address), plan),
    /missing/,
  );
  const [revoked] = vault.to("/v1/sys/leases/revoke");
  assert.match(revoked?.body ?? "", /creds\/1/);
  assert.equal(
    vault.to("/v1/auth/token/revoke-self").length,
    0,
    "the token is not ours",
  );
});

Deno.test("fetchSecrets() refuses bad names and paths before anything is sent", async () => {
  await using vault = startReading(() => kv2({}));
  const settings = makeSettings(vault.address);
  for (
    const plan of [
      planOf("secret/../sys/seal"),
      {
        deliveries: [{ name: "LD_PRELOAD", parts: [{ text: "x" }] }],
        bulk: [],
      },
      { deliveries: [], bulk: [{ path: "a?b" }] },
    ]
  ) {
    await assert.rejects(fetchTexts(settings, plan), ConfigError);
  }
  assert.equal(vault.seen.length, 0);
});
