/** TLS that fails on the way: an end without its alert, refused client certificates, unusable files, wrong names. */
import assert from "node:assert/strict";
import { connectTls } from "@/fetcher/vault/transport/connect.ts";
import { HttpClient } from "@/fetcher/vault/transport/http_client.ts";
import { failure, runClient, withCertificates } from "../run_tls_client.ts";
import { RawServer, readHead, writeText } from "../raw_server.ts";
import { TlsVault } from "../tls_vault.ts";

/** Copies one direction, and ends it as TCP does, without TLS's alert. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(1 << 16);
  for (let n; (n = await from.read(chunk)) !== null;) {
    for (let at = 0; at < n;) at += await to.write(chunk.subarray(at, n));
  }
}

Deno.test("a body until the end counts only with TLS's own end", () =>
  withCertificates(async (c) => {
    const [cert, key, ca] = [c.server.certFile, c.server.keyFile, c.caFile]
      .map((file) => Deno.readTextFileSync(file));
    const options = { hostname: "127.0.0.1", port: 0 };
    const listener = Deno.listenTls({ ...options, cert: cert!, key: key! });
    const cut = Promise.withResolvers<void>();
    let isCut = false;
    const serving = (async () => {
      for await (const connection of listener) {
        await readHead(connection);
        await writeText(connection, 'HTTP/1.1 200 OK\r\n\r\n{"a":1}');
        if (isCut) cut.resolve();
        else await connection.closeWrite();
        await connection.read(new Uint8Array(1)).catch(() => {});
        connection.close();
      }
    })();
    await using relay = new RawServer(async (front) => {
      using back = await Deno.connect({ port: listener.addr.port });
      const there = copy(front, back).catch(() => {});
      const here = copy(back, front).catch(() => {});
      await Promise.race([there, here, cut.promise]);
      // What was sent has to arrive.
      if (isCut) await new Promise((resolve) => setTimeout(resolve, 100));
    });
    const place = { hostname: "127.0.0.1", port: relay.port };
    const files = { caCerts: [ca!], identity: undefined };
    const client = new HttpClient((signal) =>
      connectTls(place, files, undefined, signal)
    );
    const ask = () =>
      client.exchange({
        method: "GET",
        url: new URL(`https://127.0.0.1:${relay.port}/`),
        headers: {},
        body: undefined,
        signal: AbortSignal.timeout(20_000),
      });
    assert.equal((await ask()).text, '{"a":1}');
    isCut = true;
    await assert.rejects(ask, /closed connection without.*close_notify/);
    client.close();
    listener.close();
    await serving;
  }));

/** OpenSSL's server, because Deno's sends no alert: arguments are certificate, key and the clients' authority. */
const DEMANDING = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.load_verify_locations(sys.argv[3])
context.verify_mode = ssl.CERT_REQUIRED
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], end="", flush=True)
while True:
    client, _ = server.accept()
    try:
        context.wrap_socket(client, server_side=True).recv(9999)
    except ssl.SSLError:
        client.close()
`;

Deno.test("fetchSecrets() reports that a server requires a client certificate, or does not accept it", () =>
  withCertificates(async (c) => {
    const { certFile, keyFile } = c.server;
    await using server = new Deno.Command("python3", {
      args: ["-c", DEMANDING, certFile, keyFile, c.otherCaFile],
      stdout: "piped",
    }).spawn();
    const reader = server.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    const port = new TextDecoder().decode(value).trim();
    const address = `https://127.0.0.1:${port}`;
    const caCert = c.caFile;
    const own = { clientCert: c.client.certFile, clientKey: c.client.keyFile };
    await failure(address, { caCert }, /requires a client certificate/);
    const words = /does not accept the client certificate/;
    await failure(address, { caCert, ...own }, words);
  }));

Deno.test("fetchSecrets() refuses files that are no certificate or key inside", () =>
  withCertificates(async (c) => {
    await using vault = await TlsVault.start(c.server);
    const broken = (kind: string, text: string) => {
      const file = `${c.dir}/${crypto.randomUUID()}`;
      Deno.writeTextFileSync(file, `-----BEGIN ${kind}-----\n${text}`);
      return file;
    };
    const certificate = broken(
      "CERTIFICATE",
      "AAAA\n-----END CERTIFICATE-----",
    );
    const cut = broken("CERTIFICATE", "!!!");
    const cases = [
      { caCert: cut },
      { clientCert: cut, clientKey: c.client.keyFile },
      { caCert: certificate },
      { clientCert: certificate, clientKey: c.client.keyFile },
      { clientCert: c.client.certFile, clientKey: c.server.keyFile },
      {
        clientCert: c.client.certFile,
        clientKey: broken("PRIVATE KEY", "AAAA\n-----END PRIVATE KEY-----"),
      },
    ];
    for (const more of cases) {
      const settings = { caCert: c.caFile, ...more };
      await failure(vault.address, settings, /unusable: use PEM files/);
    }
    assert.equal(vault.requests, 0);
  }));

Deno.test("fetchSecrets() sends the name in VAULT_TLS_SERVER_NAME, and refuses one that TLS does not allow", () =>
  withCertificates(async (c) => {
    const names: string[] = [];
    const note = (name: string, done: (error: null) => void) => {
      names.push(name);
      done(null);
    };
    await using vault = await TlsVault.start(c.wrongName, {
      SNICallback: note as never,
    });
    const caCert = c.caFile;
    const tlsServerName = "vault.example.test";
    const outcome = await runClient(vault.address, { caCert, tlsServerName });
    assert.deepEqual(outcome, { value: "p" });
    assert.deepEqual(new Set(names), new Set([tlsServerName]));
    const wrong = { caCert, tlsServerName: "vault..test" };
    await failure(vault.address, wrong, /name that TLS does not allow/);
  }));
