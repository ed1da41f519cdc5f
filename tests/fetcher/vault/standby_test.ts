/**
 * Which redirects a standby sends (tried again until the deadline) and which
 * mean a wrong setting (an error at once). A token goes to no other host in either.
 */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import { renew } from "@/fetcher/vault/lease.ts";
import {
  FakeVault,
  fetchTexts,
  GRANTED,
  kv2,
  makePlan,
  makeSettings,
  startReading,
  TOKEN,
} from "./fake_vault.ts";
import { rejects } from "./rejects.ts";

const PLAN = makePlan(["PW", "password"]);
const SECRET = kv2({ password: "hunter2" });
const LEADER = "https://leader.test:8200";
const WORDS = [/HTTP 307 to another host/, /standby/, /load balancer/] as const;

function redirect(location: string, status = 307): Response {
  return new Response(null, { status, headers: { location } });
}

Deno.test("a standby without an active node is retried, and the token stays", async () => {
  await using leader = new FakeVault(() => SECRET);
  await using standby = startReading(({ path }, index) =>
    index < 3 ? redirect(leader.address + path) : SECRET
  );
  const notes: string[] = [];
  const settings = makeSettings(standby.address, { deadlineMs: 30_000 });
  const texts = await fetchTexts(settings, PLAN, (text) => notes.push(text));
  assert.deepEqual(texts, { PW: "hunter2" });
  assert.equal(leader.seen.length, 0);
  assert.match(notes.join(), /standby/);
});

Deno.test("a standby's redirect of a login is retried too", async () => {
  await using standby = new FakeVault(({ path, method }, index) =>
    index < 2 ? redirect(LEADER + path) : method === "POST" ? GRANTED : SECRET
  );
  const auth = {
    method: "approle",
    mount: "auth/approle",
    roleId: "r",
  } as const;
  const settings = makeSettings(standby.address, { auth, deadlineMs: 30_000 });
  assert.deepEqual(await fetchTexts(settings, PLAN), { PW: "hunter2" });
});

Deno.test("a standby is recognized by 307, path and query, also behind a proxy", async () => {
  for (
    const [prefix, name, location] of [
      ["", "app", `${LEADER}/v1/secret/data/app`],
      // TLS ends at a load balancer, or begins behind a proxy.
      ["", "app", "http://10.0.0.3:8200/v1/secret/data/app"],
      // The leader's address lacks the proxy's prefix.
      ["/vault", "app", `${LEADER}/v1/secret/data/app`],
      // Go and we escape different characters.
      ["", "a(b)", `${LEADER}/v1/secret/data/a%28b%29`],
    ] as const
  ) {
    await using standby = new FakeVault(() => redirect(location));
    const parts = [{ path: `secret/data/${name}`, field: "x" }];
    const plan = { deliveries: [{ name: "PW", parts }], bulk: [] };
    const settings = makeSettings(standby.address + prefix, {
      deadlineMs: 400,
    });
    await rejects(
      fetchTexts(settings, plan),
      VaultUnavailableError,
      /CLOUDTASER_VAULT_DEADLINE/,
      ...WORDS,
    );
  }
});

Deno.test("any other redirect to another host is a wrong setting at once", async () => {
  for (
    const [status, location] of [
      [301, `${LEADER}/v1/secret/data/app`],
      [302, `${LEADER}/v1/secret/data/app`],
      [308, `${LEADER}/v1/secret/data/app`],
      [307, `${LEADER}/v1/secret/data/other`],
      [307, `${LEADER}/v1/secret/data/app?version=1`],
      [307, `${LEADER}/data/app`],
      [307, `${LEADER}/v1/`],
      [307, `${LEADER}/login`],
      [307, "ftp://leader.test/v1/secret/data/app"],
      [307, `${LEADER}/v1/secret/data/%E0%A4%A`],
    ] as const
  ) {
    await using vault = startReading(() => redirect(location, status));
    await rejects(
      fetchTexts(makeSettings(vault.address), PLAN),
      ConfigError,
      /redirects to another host;/,
    );
    assert.equal(vault.to("/v1/secret").length, 1);
  }
});

Deno.test("a redirect to TLS on the same host says https", async () => {
  for (const status of [301, 307, 308]) {
    await using vault = startReading(({ path }) =>
      redirect(`https://127.0.0.1:8443${path}`, status)
    );
    await rejects(
      fetchTexts(makeSettings(vault.address), PLAN),
      ConfigError,
      /use https:\/\/ and the TLS port in VAULT_ADDR/,
    );
  }
});

Deno.test("a renewal at a standby is a temporary failure with both remedies", async () => {
  await using standby = new FakeVault(({ path }) => redirect(LEADER + path));
  const settings = makeSettings(standby.address, { deadlineMs: 300 });
  const { failed } = await renew(settings, TOKEN, { token: true, leases: [] });
  assert.equal(failed[0]?.final, false);
  for (const word of [/CLOUDTASER_VAULT_DEADLINE/, ...WORDS]) {
    assert.match(failed[0]?.reason ?? "", word);
  }
});
