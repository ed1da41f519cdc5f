/** Refused reads: the error names the path, the variable and the remedy. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import {
  fetchFrom,
  kv2,
  PLAN,
  planOf,
  refusal,
  rejects,
  type Reply,
  startReading,
} from "./fake_vault.ts";

const WITHOUT_DATA = planOf("secret/app");
const WARNINGS = [
  "Invalid path for a versioned K/V secrets engine. See the API docs.",
];
const deep = "[".repeat(1e6) + "1" + "]".repeat(1e6);

/** An answer about a version that is not there any more. */
function gone(destroyed: boolean): Response {
  const metadata = { version: 3, destroyed, created_time: "t" };
  return Response.json({ data: { data: null, metadata } }, { status: 404 });
}

type Case = readonly [string, () => Reply, Plan, ...words: RegExp[]];

const CASES: readonly Case[] = [
  [
    "a path without data/, with a warning",
    () => Response.json({ data: null, warnings: WARNINGS }, { status: 404 }),
    WITHOUT_DATA,
    ...[/secret\/app/, /PW/, /data\//],
  ],
  [
    "a path without data/, forbidden",
    () => refusal(403, "permission denied"),
    WITHOUT_DATA,
    ...[/permission denied/, /data\//],
  ],
  [
    "a path that does not exist",
    () => refusal(404),
    PLAN,
    ...[/"secret\/data\/app" \(for PW\)/, /nothing at/],
    /; correct the path \(on a KV version 1 mount without data\/\), or check/,
  ],
  [
    "a version that does not exist",
    () => refusal(404),
    planOf("secret/data/app", "password", 9),
    /; correct the path or the version \(on/,
  ],
  [
    "a path of another engine that does not exist",
    () => refusal(404),
    planOf("kv/app"),
    /; correct the path, or check VAULT_NAMESPACE$/,
  ],
  [
    "a path without an engine",
    () => refusal(404, 'no handler for route "x"'),
    PLAN,
    /nothing is mounted/,
  ],
  [
    "a namespace that does not exist",
    () => refusal(404, "namespace not found"),
    PLAN,
    /no such namespace/,
  ],
  ["a forbidden path", () => refusal(403, "permission denied"), PLAN, /policy/],
  [
    "a path that supports only writes",
    () => refusal(405, "unsupported operation"),
    planOf("pki/issue/x"),
    /supports only writes/,
  ],
  ["a deleted version", () => gone(false), PLAN, /Version 3 .* deleted/],
  ["a destroyed version", () => gone(true), PLAN, /Version 3 .* destroyed/],
  [
    "a version of an engine without versions",
    () => ({ data: { password: "hunter2" } }),
    planOf("kv/app", "password", 2),
    /no versions/,
  ],
  ...[null, "hunter2", ["hunter2"], 1].map((data): Case => [
    `data that is not an object: ${JSON.stringify(data)}`,
    () => ({ data }),
    planOf("sys/odd"),
    /sys\/odd/,
  ]),
  [
    "a value of 10 MiB",
    () => kv2({ password: "hunter2".repeat(1_500_000) }),
    PLAN,
    ...[/PW/, /10500000 bytes/, /128 KiB/],
  ],
  [
    "JSON nested a million deep",
    () =>
      new Response(
        `{"data":{"data":{"password":${deep}},"metadata":{"version":1,"created_time":"t"}}}`,
      ),
    PLAN,
    /PW|nested/,
  ],
];

for (const [what, reply, plan, ...words] of CASES) {
  Deno.test(`fetchSecrets() refuses ${what}`, async () => {
    await using vault = startReading(reply);
    await rejects(fetchFrom(vault, { plan }), ConfigError, ...words);
  });
}

Deno.test("fetchSecrets() ends at the first refusal although another path is retried", async () => {
  await using vault = startReading(({ path }) =>
    path.includes("slow") ? refusal(503) : refusal(403)
  );
  const deliveries = ["slow", "forbidden"].map((p, i) => ({
    name: `N${i}`,
    parts: [{ path: `secret/data/${p}`, field: "f" }],
  }));
  const options = { plan: { deliveries, bulk: [] }, deadlineMs: 60_000 };
  const words = /forbids reading.*forbidden/;
  await assert.rejects(fetchFrom(vault, options), words);
});

Deno.test("fetchSecrets() refuses invalid names and paths before it sends a request", async () => {
  await using vault = startReading(() => kv2({}));
  const badName = { name: "A-B", parts: [{ text: "x" }] };
  for (
    const plan of [
      planOf("secret/../sys/seal"),
      { deliveries: [badName], bulk: [] },
      { deliveries: [], bulk: [{ path: "a?b" }] },
    ]
  ) await assert.rejects(fetchFrom(vault, { plan }), ConfigError);
  assert.equal(vault.seen.length, 0);
});
