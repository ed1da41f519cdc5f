/** Redirects: followed on the same server, and a token never goes to another. */
import assert from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import {
  FakeVault,
  fetchTexts,
  kv2,
  makePlan,
  makeSettings,
  startReading,
  TOKEN,
} from "../fake_vault.ts";
import { rejects } from "../rejects.ts";

const PLAN = makePlan(["PW", "password"]);
const SECRET = kv2({ password: "hunter2" });

Deno.test("fetchSecrets() follows a redirect on the same server", async () => {
  await using vault = startReading(({ path }) =>
    path.startsWith("/v1/secret")
      ? new Response(null, { status: 307, headers: { location: "/v1/moved" } })
      : SECRET
  );
  assert.deepEqual(await fetchTexts(makeSettings(vault.address), PLAN), {
    PW: "hunter2",
  });
  assert.equal(vault.to("/v1/moved")[0]?.headers.get("x-vault-token"), TOKEN);
});

Deno.test("fetchSecrets() never sends the token to another server", async () => {
  await using other = new FakeVault(() => SECRET);
  for (const status of [301, 302, 303, 307, 308]) {
    for (
      const location of [
        `${other.address}/v1/x`,
        other.address.replace("http:", ""),
        "https://evil.example/",
        "http://[bad",
        "data:application/json,{}",
      ]
    ) {
      await using vault = startReading(() =>
        new Response(null, { status, headers: { location } })
      );
      await rejects(
        fetchTexts(makeSettings(vault.address), PLAN),
        ConfigError,
        /VAULT_ADDR/,
        /redirects/,
      );
      assert.equal(vault.to("/v1/secret").length, 1);
    }
  }
  assert.equal(other.seen.length, 0);
});

Deno.test("fetchSecrets() does not log the host of a redirect", async () => {
  for (
    const location of [
      `https://${TOKEN}:8200/v1/x`,
      `https://${TOKEN.toUpperCase()}.example/`,
      `https://${encodeURIComponent(TOKEN)}@evil.example/`,
    ]
  ) {
    await using vault = startReading(() =>
      new Response(null, { status: 307, headers: { location } })
    );
    await rejects(
      fetchTexts(makeSettings(vault.address), PLAN),
      ConfigError,
      /redirects to another host;/,
      /^((?!fake-token|evil|example).)*$/i,
    );
  }
});

Deno.test("fetchSecrets() ends a redirect loop", async () => {
  const headers = { location: "/v1/secret/data/app" };
  await using vault = startReading(() =>
    new Response(null, { status: 307, headers })
  );
  await rejects(
    fetchTexts(makeSettings(vault.address), PLAN),
    ConfigError,
    /redirects only/,
  );
});

Deno.test("fetchSecrets() does not repeat a login as a GET", async () => {
  const headers = { location: "/v1/elsewhere" };
  await using vault = new FakeVault(() =>
    new Response(null, { status: 302, headers })
  );
  const auth = {
    method: "approle",
    mount: "auth/approle",
    roleId: "r",
  } as const;
  await rejects(
    fetchTexts(makeSettings(vault.address, { auth }), PLAN),
    ConfigError,
    /redirects with HTTP 302, which drops the request's body/,
  );
});
