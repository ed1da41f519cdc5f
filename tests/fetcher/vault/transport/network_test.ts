/** Servers that refuse, hang, trickle, flood or truncate, and Unix sockets. */
import assert from "node:assert/strict";
import { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import { freePort } from "../../../../tools/free_port.ts";
import { fetchFrom, rejects, SECRET } from "../fake_vault.ts";
import { RawServer, readHead, writeText } from "../raw_server.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

/** Reads a request, answers with `text`, and then with `more` without end. */
function answerWith(text: string, more?: string): RawServer {
  return new RawServer(async (connection) => {
    await readHead(connection);
    await writeText(connection, text);
    while (more !== undefined) {
      await writeText(connection, more);
      if (more.length < 10) await pause();
    }
  });
}

Deno.test("fetchSecrets() retries when a body ends too early", async () => {
  await using server = answerWith(`${OK}content-length: 100\r\n\r\n{"data"`);
  const fetching = fetchFrom(server, { deadlineMs: 300 });
  await rejects(fetching, VaultUnavailableError, /connection closed/);
  assert.ok(server.accepted > 1);
});

Deno.test("fetchSecrets() refuses an answer of more than 64 MiB without keeping it", async () => {
  const head = `${OK}content-length: 10000000000\r\n\r\n`;
  await using server = answerWith(head, "0".repeat(1 << 20));
  await rejects(fetchFrom(server), ConfigError, /64 MiB/);
});

Deno.test("fetchSecrets() does not wait for a server that trickles, and retries", async () => {
  await using server = answerWith(`${OK}content-length: 1000\r\n\r\n`, " ");
  const limits = { requestTimeoutMs: 100, deadlineMs: 350 };
  const fetching = fetchFrom(server, limits);
  await rejects(fetching, VaultUnavailableError, /no response in time/);
  assert.ok(server.accepted > 1);
});

Deno.test("fetchSecrets() reports the network's error", async () => {
  for (
    const [address, word] of [
      [`http://127.0.0.1:${freePort()}`, /connection refused/],
      ["http://no-such-host.invalid:8200", /name not found in DNS/],
      ["unix:///nonexistent/agent.sock", /no such socket/],
    ] as const
  ) {
    const fetching = fetchFrom({ address }, { deadlineMs: 200 });
    await rejects(fetching, VaultUnavailableError, word);
  }
});

Deno.test("fetchSecrets() refuses a port that cannot be used, at once", async () => {
  const fetching = fetchFrom({ address: "http://127.0.0.1:0" });
  await rejects(fetching, ConfigError, /VAULT_ADDR/, /port/);
});

Deno.test("fetchSecrets() says what is wrong with what is not a response", async () => {
  await using server = answerWith(`${OK}content-length: 2x\r\n\r\n{}`);
  const fetching = fetchFrom(server, { deadlineMs: 200 });
  const words = /malformed response: its length/;
  await rejects(fetching, VaultUnavailableError, words);
});

Deno.test("fetchSecrets() connects to an agent's socket", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/agent.sock`;
  const server = Deno.serve(
    { path, onListen: () => {} },
    () => Response.json(SECRET),
  );
  try {
    const texts = await fetchFrom({ address: `unix://${path}` });
    assert.deepEqual(texts, { PW: "hunter2" });
  } finally {
    await server.shutdown();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("fetchSecrets() does not wait for a handshake, a head or a body, over any transport", async () => {
  for (
    const [begin, more, schemes] of [
      ["", "", ["http", "https"]],
      [`${OK}x: `, "y", ["http"]],
      [CHUNKED, "1\r\n \r\n", ["http"]],
    ] as const
  ) {
    await using server = new RawServer(async (connection) => {
      await writeText(connection, begin);
      for (;; await pause()) await writeText(connection, more);
    });
    for (const scheme of schemes) {
      for (const skipVerify of [false, true]) {
        const address = `${scheme}://127.0.0.1:${server.port}`;
        await rejects(
          fetchFrom({ address }, { skipVerify, deadlineMs: 300 }),
          VaultUnavailableError,
          /unavailable for 300ms \(no response in time\)/,
        );
      }
    }
  }
});
