/**
 * What the courier makes of everything that can answer in Vault's place:
 * busy, sealed, broken, strange and hostile servers.
 */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/mod.ts";
import {
  FakeVault,
  fetchTexts,
  kv2,
  makePlan,
  makeSettings,
  refusal,
  startReading,
  TOKEN,
} from "./fake_vault.ts";
import { RawServer, readHead, writeText } from "./raw_server.ts";

const PLAN = makePlan(["PW", "password"]);
const SECRET = kv2({ password: "hunter2" });

async function rejects(
  doing: Promise<unknown>,
  kind: typeof ConfigError | typeof VaultUnavailableError,
  ...words: RegExp[]
): Promise<void> {
  await assert.rejects(doing, (error: unknown) => {
    assert.ok(error instanceof kind, String(error));
    for (const word of words) assert.match(error.message, word);
    assert.doesNotMatch(error.message, /hunter2|s\.fake-token|[\r\n]/);
    return true;
  });
}

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

Deno.test("fetchSecrets() tries again when a body ends too early", async () => {
  const settings = { deadlineMs: 300 };
  await using server = new RawServer(async (connection) => {
    await readHead(connection);
    await writeText(
      connection,
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"data"',
    );
  });
  await rejects(
    fetchTexts(makeSettings(server.address, settings), PLAN),
    VaultUnavailableError,
    /connection closed/,
  );
  assert.ok(server.accepted > 1);
});

Deno.test("fetchSecrets() refuses an answer of more than 64 MiB without keeping it", async () => {
  await using server = new RawServer(async (connection) => {
    await readHead(connection);
    await writeText(
      connection,
      "HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n",
    );
    const zeros = "0".repeat(1 << 20);
    for (;;) await writeText(connection, zeros);
  });
  await rejects(
    fetchTexts(makeSettings(server.address), PLAN),
    ConfigError,
    /64 MiB/,
  );
});

Deno.test("fetchSecrets() does not wait for a server that trickles", async () => {
  await using server = new RawServer(async (connection) => {
    await readHead(connection);
    await writeText(
      connection,
      "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
    );
    for (;;) {
      await writeText(connection, " ");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  const settings = makeSettings(server.address, {
    requestTimeoutMs: 100,
    deadlineMs: 350,
  });
  await rejects(
    fetchTexts(settings, PLAN),
    VaultUnavailableError,
    /no answer in time/,
  );
  assert.ok(server.accepted > 2, "a hanging request is tried again");
});

Deno.test("fetchSecrets() says what the network said", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const limit = { deadlineMs: 200 };
  for (
    const [address, word] of [
      [`http://127.0.0.1:${port}`, /connection refused/],
      ["http://no-such-host.invalid:8200", /name not found in DNS/],
      ["unix:///nonexistent/agent.sock", /no such socket/],
    ] as const
  ) {
    await rejects(
      fetchTexts(makeSettings(address, limit), PLAN),
      VaultUnavailableError,
      word,
    );
  }
});

Deno.test("fetchSecrets() refuses a port that cannot be used, at once", async () => {
  await rejects(
    fetchTexts(makeSettings("http://127.0.0.1:25"), PLAN),
    ConfigError,
    /VAULT_ADDR/,
    /port/,
  );
});

Deno.test("fetchSecrets() speaks to an agent's socket", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/agent.sock`;
  const server = Deno.serve(
    { path, onListen: () => {} },
    () => Response.json(SECRET),
  );
  try {
    assert.deepEqual(await fetchTexts(makeSettings(`unix://${path}`), PLAN), {
      PW: "hunter2",
    });
  } finally {
    await server.shutdown();
    await Deno.remove(dir, { recursive: true });
  }
});

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

Deno.test("fetchSecrets() never takes the token to another server", async () => {
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

Deno.test("fetchSecrets() names the server that it was sent to", async () => {
  const headers = { location: "https://active.vault:8200/v1/secret/data/app" };
  await using vault = startReading(() =>
    new Response(null, { status: 307, headers })
  );
  await rejects(
    fetchTexts(makeSettings(vault.address), PLAN),
    ConfigError,
    /https:\/\/active\.vault:8200;/,
  );
});

Deno.test("fetchSecrets() does not follow redirects in a circle", async () => {
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

Deno.test("fetchSecrets() does not send a login's body anew as a GET", async () => {
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
    /redirects/,
  );
});
