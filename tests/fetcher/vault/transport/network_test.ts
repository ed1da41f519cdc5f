/** Servers that refuse, hang, trickle, flood or truncate, and Unix sockets. */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import { fetchTexts, kv2, makePlan, makeSettings } from "../fake_vault.ts";
import { RawServer, readHead, writeText } from "../raw_server.ts";
import { rejects } from "../rejects.ts";

const PLAN = makePlan(["PW", "password"]);
const SECRET = kv2({ password: "hunter2" });

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
    /no response in time/,
  );
  assert.ok(server.accepted > 2, "a hanging request is tried again");
});

Deno.test("fetchSecrets() reports the network's error", async () => {
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

Deno.test("fetchSecrets() works over a Unix socket", async () => {
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

Deno.test("fetchSecrets() does not wait for a handshake, a head or a body, over any transport", async () => {
  const beginnings = ["", "HTTP/1.1 200 OK\r\nx: ", CHUNKED];
  for (const [index, begin] of beginnings.entries()) {
    await using server = new RawServer(async (connection) => {
      await writeText(connection, begin);
      for (;;) {
        await writeText(
          connection,
          begin === CHUNKED ? "1\r\n \r\n" : begin && "y",
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    const schemes = index === 0 ? ["http", "https"] : ["http"];
    for (const scheme of schemes) {
      for (const skipVerify of [false, true]) {
        const settings = makeSettings(`${scheme}://127.0.0.1:${server.port}`, {
          skipVerify,
          deadlineMs: 300,
        });
        await rejects(
          fetchTexts(settings, PLAN),
          VaultUnavailableError,
          /unavailable for 300ms \(no response in time\)/,
        );
      }
    }
  }
});

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
