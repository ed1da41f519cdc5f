/** Responses that the client retries or refuses: busy, sealed, strange and truncated ones. */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import {
  FakeVault,
  fetchTexts,
  kv2,
  makePlan,
  makeSettings,
  refusal,
  startReading,
  TOKEN,
} from "../fake_vault.ts";
import { rejects } from "../rejects.ts";

const PLAN = makePlan(["PW", "password"]);
const SECRET = kv2({ password: "hunter2" });

Deno.test("fetchSecrets() sends token, namespace and request headers", async () => {
  await using vault = startReading(() => SECRET);
  const settings = makeSettings(vault.address, { namespace: "team/a" });
  assert.deepEqual(await fetchTexts(settings, PLAN), { PW: "hunter2" });
  for (const { headers } of vault.seen) {
    assert.equal(headers.get("x-vault-token"), TOKEN);
    assert.equal(headers.get("x-vault-namespace"), "team/a");
    assert.equal(headers.get("x-vault-request"), "true");
  }
});

Deno.test("fetchSecrets() keeps a path in VAULT_ADDR", async () => {
  await using vault = new FakeVault(() => SECRET);
  await fetchTexts(makeSettings(`${vault.address}/vault/`), PLAN);
  assert.equal(vault.to("/vault/v1/secret/data/app").length, 1);
});

const TRANSIENT = [408, 412, 425, 429, 472, 473, 500, 502, 503, 504, 599];
for (const status of TRANSIENT) {
  Deno.test(`fetchSecrets() tries again after HTTP ${status}`, async () => {
    await using vault = startReading((_, n) =>
      n < 2 ? refusal(status) : SECRET
    );
    const notes: string[] = [];
    const texts = await fetchTexts(
      makeSettings(vault.address),
      PLAN,
      (t) => notes.push(t),
    );
    assert.deepEqual(texts, { PW: "hunter2" });
    assert.deepEqual(
      notes,
      [`Waiting for Vault: HTTP ${status}`],
      "one note a cause",
    );
  });
}

Deno.test("fetchSecrets() says that Vault is sealed", async () => {
  await using vault = startReading(() => refusal(503, "Vault is sealed"));
  const settings = makeSettings(vault.address, { deadlineMs: 200 });
  const notes: string[] = [];
  await rejects(
    fetchTexts(settings, PLAN, (t) => notes.push(t)),
    VaultUnavailableError,
    /Vault is sealed/,
    /200ms/,
    /CLOUDTASER_VAULT_DEADLINE/,
  );
  assert.deepEqual(notes, ["Waiting for Vault: Vault is sealed"]);
});

Deno.test("fetchSecrets() waits as Retry-After says, but not past the deadline", async () => {
  const reply = () =>
    new Response("{}", {
      status: 429,
      headers: { "retry-after": "1000000000" },
    });
  await using vault = startReading(reply);
  const settings = makeSettings(vault.address, { deadlineMs: 300 });
  await rejects(fetchTexts(settings, PLAN), VaultUnavailableError, /HTTP 429/);
});

Deno.test("fetchSecrets() never repeats what an error's body says", async () => {
  const leak = `hunter2 ${TOKEN}\nforged line`;
  for (const status of [400, 403, 404, 405, 418]) {
    await using vault = startReading(() => refusal(status, leak));
    await rejects(fetchTexts(makeSettings(vault.address), PLAN), ConfigError);
    assert.equal(vault.to("/v1/secret").length, 1, "no second try");
  }
  await using vault = startReading(() => refusal(500, leak));
  const settings = makeSettings(vault.address, { maxRetries: 1 });
  await rejects(fetchTexts(settings, PLAN), VaultUnavailableError, /HTTP 500/);
});

Deno.test("fetchSecrets() refuses a web page at once, whatever its status", async () => {
  const page = "<!DOCTYPE html><html>hunter2</html>";
  for (
    const [status, type] of [[200, "text/html"], [200, "application/json"], [
      404,
      "text/html",
    ]] as const
  ) {
    const reply = () =>
      new Response(page, { status, headers: { "content-type": type } });
    await using vault = new FakeVault(reply);
    await rejects(
      fetchTexts(makeSettings(vault.address), PLAN),
      ConfigError,
      /VAULT_ADDR/,
      /web page/,
    );
  }
});

Deno.test("fetchSecrets() tries again after a web page with HTTP 502", async () => {
  await using vault = startReading((_, n) =>
    n === 0 ? new Response("<html>", { status: 502 }) : SECRET
  );
  assert.deepEqual(await fetchTexts(makeSettings(vault.address), PLAN), {
    PW: "hunter2",
  });
});

Deno.test("fetchSecrets() tries again after truncated or garbled JSON", async () => {
  for (
    const body of [
      '{"data":{"data":{"password":"hun',
      "",
      "[]",
      new Uint8Array([0x7b, 0xff, 0xfe]),
    ]
  ) {
    await using vault = startReading((_, n) =>
      n === 0 ? new Response(body) : SECRET
    );
    assert.deepEqual(await fetchTexts(makeSettings(vault.address), PLAN), {
      PW: "hunter2",
    });
    assert.equal(vault.to("/v1/secret").length, 2);
  }
});
