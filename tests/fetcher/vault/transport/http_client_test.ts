/** The HTTP client on real sockets: kept connections, repetition, aborts, what it sends, and how it connects. */
import assert from "node:assert/strict";
import {
  connectTcp,
  connectUnix,
  findPlace,
} from "@/fetcher/vault/transport/connect.ts";
import { HttpClient } from "@/fetcher/vault/transport/http_client.ts";
import type { HttpRequest } from "@/fetcher/vault/transport/transport.ts";
import { eventually } from "../../../support/eventually.ts";
import { testAsRoot } from "../../../support/roles.ts";
import { RawServer, readHead, writeText } from "../raw_server.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

const CONNECT = import.meta.resolve("@/fetcher/vault/transport/connect.ts");
const CONFIG = new URL("../../../../deno.json", import.meta.url).pathname;

function request(more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    url: new URL("http://vault:8200/v1/a%20b?version=2"),
    headers: {},
    body: undefined,
    signal: AbortSignal.timeout(20_000),
    ...more,
  };
}

/** A client of a server that calls `serve` for each connection, with its number from 1. */
async function using(
  serve: (connection: Deno.Conn, number: number) => Promise<void>,
  work: (client: HttpClient, server: RawServer) => Promise<void>,
): Promise<void> {
  await using server: RawServer = new RawServer((connection) =>
    serve(connection, server.accepted)
  );
  const place = { hostname: "127.0.0.1", port: server.port };
  const client = new HttpClient((signal) => connectTcp(place, signal));
  try {
    await work(client, server);
  } finally {
    client.close();
  }
}

async function textOf(
  client: HttpClient,
  more?: Partial<HttpRequest>,
): Promise<string> {
  return (await client.exchange(request(more))).text;
}

/** Answers every request of a connection. */
async function serveAll(connection: Deno.Conn): Promise<void> {
  for (;;) {
    await readHead(connection);
    await writeText(connection, OK);
  }
}

/** Answers one request, then reads the next and closes. */
async function serveOne(connection: Deno.Conn): Promise<void> {
  await readHead(connection);
  await writeText(connection, OK);
  await readHead(connection);
}

/** Time for what the server sends to arrive. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

Deno.test("requests one after another share a connection", () =>
  using(serveAll, async (client, server) => {
    for (let i = 0; i < 5; i++) assert.equal(await textOf(client), "ok");
    assert.equal(server.accepted, 1);
  }));

Deno.test("requests at the same time have connections of their own, which are kept", () =>
  using(serveAll, async (client, server) => {
    const all = () => Promise.all([1, 2, 3].map(() => textOf(client)));
    assert.deepEqual(await all(), ["ok", "ok", "ok"]);
    assert.deepEqual(await all(), ["ok", "ok", "ok"]);
    assert.equal(server.accepted, 3);
  }));

for (
  const [what, answer] of [
    [
      "Connection: close",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    ],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ["bytes behind the body", `${OK}garbage`],
    ["two responses in one packet", `${OK}${OK.replace("ok", "no")}`],
  ] as const
) {
  Deno.test(`a connection is not used again after ${what}`, () =>
    using(async (connection) => {
      await readHead(connection);
      await writeText(connection, answer);
      // Open until the client closes it.
      await connection.read(new Uint8Array(1));
    }, async (client, server) => {
      assert.equal(await textOf(client), "ok");
      assert.equal(await textOf(client), "ok");
      assert.equal(server.accepted, 2);
    }));
}

Deno.test("a response that nothing asked for is not taken for the next one", () =>
  using(async (connection, number) => {
    await readHead(connection);
    await writeText(connection, OK);
    if (number > 1) return await serveAll(connection);
    await writeText(connection, OK.replace("ok", "no"));
    await connection.read(new Uint8Array(1));
  }, async (client, server) => {
    assert.equal(await textOf(client), "ok");
    await settle();
    for (const method of ["POST", "GET"] as const) {
      assert.equal(await textOf(client, { method }), "ok");
    }
    assert.equal(server.accepted, 2);
  }));

Deno.test("a connection that the server closed while it was idle is replaced, for a POST too", () =>
  using(async (connection) => {
    await readHead(connection);
    await writeText(connection, OK);
  }, async (client, server) => {
    for (let i = 0; i < 3; i++) {
      assert.equal(await textOf(client, { method: "POST", body: "{}" }), "ok");
      await settle();
    }
    assert.equal(server.accepted, 3);
  }));

Deno.test("a GET that a kept connection does not answer is sent once more", () =>
  using(serveOne, async (client, server) => {
    assert.equal(await textOf(client), "ok");
    assert.equal(await textOf(client), "ok");
    assert.equal(server.accepted, 2);
  }));

Deno.test("a POST that a kept connection does not answer is not sent again", () =>
  using(serveOne, async (client, server) => {
    assert.equal(await textOf(client), "ok");
    await assert.rejects(textOf(client, { method: "POST", body: "{}" }));
    assert.equal(server.accepted, 1);
  }));

Deno.test("a GET is not sent again when a part of its response arrived, nor on a new connection", () =>
  using(async (connection, number) => {
    await readHead(connection);
    if (number === 1) {
      await writeText(connection, OK);
      await readHead(connection);
      await writeText(connection, "HTTP/1.1 200 OK\r\n");
    }
  }, async (client, server) => {
    assert.equal(await textOf(client), "ok");
    await assert.rejects(textOf(client), /closed/);
    assert.equal(server.accepted, 1);
    await assert.rejects(textOf(client), /closed/);
    assert.equal(server.accepted, 2);
  }));

Deno.test("an abort closes the connection, and a later request has a new one", async () => {
  const ends: Promise<unknown>[] = [];
  await using(async (connection, number) => {
    await readHead(connection);
    if (number > 1) return await writeText(connection, OK);
    await writeText(connection, "HTTP/1.1 200 OK\r\n");
    ends.push(connection.read(new Uint8Array(1)));
    await ends[0];
  }, async (client, server) => {
    const abort = new AbortController();
    const asking = textOf(client, { signal: abort.signal });
    const failing = assert.rejects(asking);
    await eventually(() => ends.length, (count) => count === 1);
    abort.abort();
    await failing;
    assert.equal(await ends[0], null, "the server sees the end");
    await assert.rejects(textOf(client, { signal: AbortSignal.abort() }));
    assert.equal(await textOf(client), "ok");
    assert.equal(server.accepted, 2);
  });
});

Deno.test("close() ends requests that run", () =>
  using(
    (connection) =>
      connection.read(new Uint8Array(1)).then(() => readHead(connection)).then(
        () => {},
      ),
    async (client, server) => {
      const failing = assert.rejects(textOf(client));
      await server.connected;
      await settle();
      client.close();
      await failing;
    },
  ));

Deno.test("a request is one exact text", async () => {
  const heads: string[] = [];
  await using(async (connection) => {
    for (;;) {
      heads.push(await readHead(connection));
      await writeText(connection, OK);
    }
  }, async (client) => {
    await textOf(client, { headers: { "x-vault-namespace": "caf\xe9" } });
    await textOf(client, { method: "POST", body: '"é"' });
    await textOf(client, { method: "POST" });
    for (const value of ["a\r\nx-evil: 1", "a\nb", "a\0b", "🔑"]) {
      await assert.rejects(textOf(client, { headers: { "x-a": value } }), {
        message: "a header contains a control character",
      });
    }
  });
  const host = "HTTP/1.1\r\nhost: vault:8200\r\n";
  assert.deepEqual(heads, [
    // RawServer reads UTF-8: Latin-1's é is not.
    `GET /v1/a%20b?version=2 ${host}x-vault-namespace: caf\ufffd\r\n\r\n`,
    `POST /v1/a%20b?version=2 ${host}content-length: 4\r\n\r\n"é"`,
    `POST /v1/a%20b?version=2 ${host}content-length: 0\r\n\r\n`,
  ]);
});

Deno.test("a large body is sent whole", async () => {
  const body = "0123456789abcdef".repeat(1 << 16);
  let received = 0;
  await using(async (connection) => {
    const chunk = new Uint8Array(1 << 16);
    while (received < body.length) {
      received += await connection.read(chunk) ?? 0;
    }
    await writeText(connection, OK);
  }, async (client) => {
    assert.equal(await textOf(client, { method: "POST", body }), "ok");
  });
  assert.ok(received > body.length);
});

Deno.test("an IPv6 address in brackets is reached", async () => {
  const listener = Deno.listen({ hostname: "::1", port: 0 });
  const serving = listener.accept().then(async (connection) => {
    await readHead(connection);
    await writeText(connection, OK);
    connection.close();
  });
  const place = findPlace(new URL(`http://[::1]:${listener.addr.port}`));
  const client = new HttpClient((signal) => connectTcp(place, signal));
  assert.equal(await textOf(client), "ok");
  await serving;
  client.close();
  listener.close();
});

Deno.test("a URL without a port names its scheme's", () => {
  const places = ["http://a", "https://a", "https://a:80", "https://[::2]"]
    .map((address) => Object.values(findPlace(new URL(address))));
  assert.deepEqual(places, [["a", 80], ["a", 443], ["a", 80], ["::2", 443]]);
});

testAsRoot("every address of a host name is tried", async () => {
  const script = `
    import { connectTcp } from "${CONNECT}";
    for (const hostname of ["127.0.0.2", "127.0.0.3", "::1"]) {
      const listener = Deno.listen({ hostname, port: 0 });
      const place = { hostname: "several.test", port: listener.addr.port };
      const connection = await connectTcp(place, AbortSignal.timeout(9000));
      console.log(connection.remoteAddr.hostname);
    }
    Deno.exit(0);`;
  const folder = await Deno.makeTempDir();
  const hosts = ["127.0.0.2", "127.0.0.3", "::1"]
    .map((address) => `${address} several.test\n`).join("");
  await Deno.writeTextFile(`${folder}/hosts`, hosts);
  await Deno.writeTextFile(`${folder}/connect.ts`, script);
  // In a mount namespace of its own.
  const { stdout, stderr } = await new Deno.Command("unshare", {
    args: [
      ...["-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"'],
      ...[`${folder}/hosts`, Deno.execPath(), "run", "-A", "--no-check"],
      ...["--config", CONFIG, `${folder}/connect.ts`],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(folder, { recursive: true });
  const text = new TextDecoder().decode(stdout);
  assert.equal(
    text,
    "127.0.0.2\n127.0.0.3\n::1\n",
    new TextDecoder().decode(stderr),
  );
});

Deno.test("a Unix socket is reached by its path", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/agent.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = listener.accept().then(async (connection) => {
    await readHead(connection);
    await writeText(connection, OK);
    connection.close();
  });
  const client = new HttpClient(() => connectUnix(path));
  assert.equal(await textOf(client), "ok");
  await serving;
  client.close();
  listener.close();
  await Deno.remove(folder, { recursive: true });
});
