/** Renewal and revocation: final and temporary failures, within a time limit. */
import assert from "node:assert/strict";
import { renew, revoke } from "@/fetcher/vault/lease.ts";
import { FakeVault, makeSettings, refusal, TOKEN } from "./fake_vault.ts";

const DONE = () => new Response(null, { status: 204 });
const BOTH = { token: true, leases: ["a"] };

Deno.test("renew() renews token and leases", async () => {
  await using vault = new FakeVault(({ path }) =>
    path.endsWith("renew-self")
      ? { auth: { lease_duration: 100 } }
      : { lease_duration: 50 }
  );
  const job = { token: true, leases: ["a/1", "b/2"] };
  assert.deepEqual(await renew(makeSettings(vault.address), TOKEN, job), {
    tokenTtlSeconds: 100,
    leases: [{ id: "a/1", ttlSeconds: 50 }, { id: "b/2", ttlSeconds: 50 }],
    failed: [],
  });
  const bodies = vault.to("/v1/sys/leases/renew")
    .map(({ body }) => JSON.parse(body).lease_id);
  assert.deepEqual(bodies.sort(), job.leases);
});

Deno.test("renew() distinguishes final failures from temporary ones", async () => {
  await using vault = new FakeVault(({ path, body }) => {
    if (path.endsWith("renew-self")) return refusal(403, "permission denied");
    return body.includes("gone")
      ? refusal(400, "lease not found")
      : refusal(503, "Vault is sealed");
  });
  const settings = makeSettings(vault.address, { deadlineMs: 200 });
  const job = { token: true, leases: ["gone", "later"] };
  const { failed, leases } = await renew(settings, TOKEN, job);
  assert.deepEqual(leases, []);
  assert.deepEqual(failed.slice(0, 2), [
    { id: "token", final: true, reason: "permission denied" },
    { id: "gone", final: true, reason: "the lease is gone" },
  ]);
  assert.equal(failed.length, 3);
  assert.deepEqual([failed[2]?.id, failed[2]?.final], ["later", false]);
  assert.match(failed[2]?.reason ?? "", /Vault is sealed/);
});

Deno.test("renew() returns 0 seconds for a token that does not expire", async () => {
  await using vault = new FakeVault(() => ({ auth: { lease_duration: 0 } }));
  const job = { token: true, leases: [] };
  const renewed = await renew(makeSettings(vault.address), TOKEN, job);
  assert.equal(renewed.tokenTtlSeconds, 0);
});

Deno.test("revoke() revokes leases first, then the token", async () => {
  await using vault = new FakeVault(DONE);
  const job = { token: true, leases: ["a", "b"] };
  const done = await revoke(makeSettings(vault.address), TOKEN, job, 2000);
  assert.deepEqual(done, { revoked: 3, failed: [] });
  assert.equal(vault.seen[2]?.path, "/v1/auth/token/revoke-self");
});

Deno.test("revoke() counts leases as revoked with the token that owns them", async () => {
  await using vault = new FakeVault(({ path }) =>
    path.includes("leases") ? refusal(403, "permission denied") : DONE()
  );
  const settings = makeSettings(vault.address);
  const both = await revoke(settings, TOKEN, BOTH, 2000);
  assert.deepEqual(both, { revoked: 2, failed: [] });
  const job = { token: false, leases: ["a"] };
  const leases = await revoke(settings, TOKEN, job, 2000);
  const failed = ["lease: permission denied"];
  assert.deepEqual(leases, { revoked: 0, failed });
});

Deno.test("revoke() keeps time for the token when leases hang", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using vault = new FakeVault(async ({ path }) => {
    if (path.includes("leases")) await promise;
    return DONE();
  });
  const done = await revoke(makeSettings(vault.address), TOKEN, BOTH, 500);
  resolve();
  assert.deepEqual(done, { revoked: 2, failed: [] });
});

Deno.test("revoke() never throws", async () => {
  const nowhere = makeSettings("http://no-such-host.invalid");
  const done = await revoke(nowhere, TOKEN, BOTH, 200);
  assert.equal(done.revoked, 0);
  assert.equal(done.failed.length, 2);
  const caCert = "/nonexistent/ca";
  const bad = makeSettings("https://127.0.0.1:1", { caCert });
  const { failed } = await revoke(bad, TOKEN, { token: true, leases: [] }, 200);
  assert.match(failed[0] ?? "", /VAULT_CACERT/);
});
