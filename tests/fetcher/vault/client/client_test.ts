/** Responses that the client retries or refuses: busy, sealed, strange and truncated ones. */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import {
  FakeVault,
  fetchFrom,
  refusal,
  rejects,
  SECRET,
  startReading,
  TOKEN,
} from "../fake_vault.ts";

const VALUES = { PW: "hunter2" };

Deno.test("fetchSecrets() sends token, namespace and request headers", async () => {
  await using vault = startReading(() => SECRET);
  assert.deepEqual(await fetchFrom(vault, { namespace: "team/a" }), VALUES);
  for (const { headers } of vault.seen) {
    assert.equal(headers.get("x-vault-token"), TOKEN);
    assert.equal(headers.get("x-vault-namespace"), "team/a");
    assert.equal(headers.get("x-vault-request"), "true");
  }
});

Deno.test("fetchSecrets() keeps a path in VAULT_ADDR", async () => {
  await using vault = new FakeVault(() => SECRET);
  await fetchFrom({ address: `${vault.address}/vault/` });
  assert.equal(vault.to("/vault/v1/secret/data/app").length, 1);
});

const TRANSIENT = [408, 412, 425, 429, 472, 473, 500, 502, 503, 504, 599];
for (const status of TRANSIENT) {
  Deno.test(`fetchSecrets() retries after HTTP ${status}, with one note`, async () => {
    await using vault = startReading((_, n) =>
      n < 2 ? refusal(status) : SECRET
    );
    const notes: string[] = [];
    const onWait = (text: string) => notes.push(text);
    assert.deepEqual(await fetchFrom(vault, { onWait }), VALUES);
    assert.deepEqual(notes, [`Waiting for Vault: HTTP ${status}`]);
  });
}

Deno.test("fetchSecrets() reports that Vault is sealed", async () => {
  await using vault = startReading(() => refusal(503, "Vault is sealed"));
  const notes: string[] = [];
  const onWait = (text: string) => notes.push(text);
  await rejects(
    fetchFrom(vault, { deadlineMs: 200, onWait }),
    VaultUnavailableError,
    ...[/Vault is sealed/, /200ms/, /CLOUDTASER_VAULT_DEADLINE/],
  );
  assert.deepEqual(notes, ["Waiting for Vault: Vault is sealed"]);
});

Deno.test("fetchSecrets() obeys Retry-After, but not past the deadline", async () => {
  const headers = { "retry-after": "1000000000" };
  await using vault = startReading(() =>
    new Response("{}", { status: 429, headers })
  );
  // A busy machine needs some of it for the first answer.
  const fetching = fetchFrom(vault, { deadlineMs: 3000 });
  await rejects(fetching, VaultUnavailableError, /HTTP 429/);
});

Deno.test("fetchSecrets() never quotes the body of an error", async () => {
  const leak = `hunter2 ${TOKEN}\nforged line`;
  for (const status of [400, 403, 404, 405, 418]) {
    await using vault = startReading(() => refusal(status, leak));
    await rejects(fetchFrom(vault), ConfigError);
    assert.equal(vault.to("/v1/secret").length, 1, "no second try");
  }
  await using vault = startReading(() => refusal(500, leak));
  const fetching = fetchFrom(vault, { maxRetries: 1 });
  await rejects(fetching, VaultUnavailableError, /HTTP 500/);
});

Deno.test("fetchSecrets() refuses a web page at once, whatever its status", async () => {
  const page = "<!DOCTYPE html><html>hunter2</html>";
  for (
    const [status, type] of [
      [200, "text/html"],
      [200, "application/json"],
      [404, "text/html"],
    ] as const
  ) {
    await using vault = new FakeVault(() =>
      new Response(page, { status, headers: { "content-type": type } })
    );
    await rejects(fetchFrom(vault), ConfigError, /VAULT_ADDR/, /web page/);
  }
});

Deno.test("fetchSecrets() retries after a web page with HTTP 502, and after truncated or invalid JSON", async () => {
  for (
    const first of [
      () => new Response("<html>", { status: 502 }),
      () => new Response('{"data":{"data":{"password":"hun'),
      () => new Response(""),
      () => new Response("[]"),
      () => new Response(new Uint8Array([0x7b, 0xff, 0xfe])),
    ]
  ) {
    await using vault = startReading((_, n) => n === 0 ? first() : SECRET);
    assert.deepEqual(await fetchFrom(vault), VALUES);
    assert.equal(vault.to("/v1/secret").length, 2);
  }
});
