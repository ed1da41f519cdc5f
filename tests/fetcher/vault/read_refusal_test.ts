/** Refused reads: the error names the path, the variable and the remedy. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import {
  fetchTexts,
  kv2,
  makePlan,
  makeSettings,
  refusal,
  type Reply,
  startReading,
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

Deno.test("fetchSecrets() names the missing or forbidden path and its variables", async () => {
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
    /supports only writes/,
  );
});

Deno.test("fetchSecrets() distinguishes a deleted version from a destroyed one", async () => {
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

Deno.test("fetchSecrets() refuses bad names and paths before anything is sent", async () => {
  await using vault = startReading(() => kv2({}));
  const settings = makeSettings(vault.address);
  for (
    const plan of [
      planOf("secret/../sys/seal"),
      {
        deliveries: [{ name: "A-B", parts: [{ text: "x" }] }],
        bulk: [],
      },
      { deliveries: [], bulk: [{ path: "a?b" }] },
    ]
  ) {
    await assert.rejects(fetchTexts(settings, plan), ConfigError);
  }
  assert.equal(vault.seen.length, 0);
});
