/** TLS: trusted authorities, client certificates, and messages of failures. */
import assert from "node:assert/strict";
import type {
  Certificates,
  IdentityFiles,
} from "../../../../tools/openbao/certificates.ts";
import { FakeVault, kv2 } from "../fake_vault.ts";
import { failure, runClient, withCertificates } from "../run_tls_client.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { RawServer } from "../raw_server.ts";
import { TlsVault } from "../tls_vault.ts";

type Choose<T> = (c: Certificates) => T;
const NAME = "vault.example.test";
const right: Choose<Partial<VaultSettings>> = (c) => ({ caCert: c.caFile });

/** Title, the server's certificate, settings, and words of the error; without them the secret must arrive. */
const CASES: readonly (readonly [
  string,
  Choose<IdentityFiles>,
  Choose<Partial<VaultSettings>>,
  RegExp?,
])[] = [
  ["trusts the authority in VAULT_CACERT", (c) => c.server, right],
  [
    "does not trust another authority",
    (c) => c.server,
    (c) => ({ caCert: c.otherCaFile }),
    /not signed by the authority in VAULT_CACERT \(.*other_ca/,
  ],
  [
    "does not trust a private authority that is not named",
    (c) => c.server,
    () => ({}),
    /set VAULT_CACERT/,
  ],
  ["refuses an expired certificate", (c) => c.expired, right, /expired.*clock/],
  [
    "refuses a certificate for another name",
    (c) => c.wrongName,
    right,
    /another name.*VAULT_TLS_SERVER_NAME/,
  ],
  [
    "accepts the name in VAULT_TLS_SERVER_NAME",
    (c) => c.wrongName,
    (c) => ({ ...right(c), tlsServerName: NAME }),
  ],
  [
    "refuses a certificate without the name in VAULT_TLS_SERVER_NAME",
    (c) => c.server,
    (c) => ({ ...right(c), tlsServerName: NAME }),
    /another name/,
  ],
  [
    "still wants the authority with VAULT_TLS_SERVER_NAME",
    (c) => c.wrongName,
    (c) => ({ caCert: c.otherCaFile, tlsServerName: NAME }),
    /not signed by/,
  ],
  [
    "still refuses an expired certificate with VAULT_TLS_SERVER_NAME",
    (c) => c.expired,
    (c) => ({ ...right(c), tlsServerName: "localhost" }),
    /expired/,
  ],
  [
    "verifies nothing with VAULT_SKIP_VERIFY",
    (c) => c.expired,
    (c) => ({ caCert: c.otherCaFile, skipVerify: true }),
  ],
];

for (const [name, serve, more, refused] of CASES) {
  Deno.test(`fetchSecrets() ${name}`, () =>
    withCertificates(async (c) => {
      await using vault = await TlsVault.start(serve(c));
      if (refused === undefined) {
        const outcome = await runClient(vault.address, more(c));
        assert.deepEqual(outcome, { value: "p" });
        return;
      }
      await failure(vault.address, more(c), refused);
      assert.equal(vault.requests, 0, "a bad server sees no token");
    }));
}

Deno.test("fetchSecrets() trusts every authority in the folder VAULT_CAPATH", () =>
  withCertificates(async (c) => {
    const caPath = `${c.dir}/authorities`;
    // As Kubernetes mounts a ConfigMap: links into a folder beside the files.
    await Deno.mkdir(`${caPath}/..data`, { recursive: true });
    await Deno.copyFile(c.otherCaFile, `${caPath}/..data/a.crt`);
    await Deno.copyFile(c.caFile, `${caPath}/..data/b.crt`);
    await Deno.symlink("..data/a.crt", `${caPath}/a.crt`);
    await Deno.symlink("..data/b.crt", `${caPath}/b.crt`);
    await using vault = await TlsVault.start(c.server);
    const outcome = await runClient(vault.address, { caPath });
    assert.deepEqual(outcome, { value: "p" });
  }));

Deno.test("fetchSecrets() sends its certificate to a server that requires one", () =>
  withCertificates(async (c) => {
    const ca = await Deno.readTextFile(c.caFile);
    const demand = { ca, requestCert: true, rejectUnauthorized: true };
    await using vault = await TlsVault.start(c.server, demand);
    const { certFile: clientCert, keyFile: clientKey } = c.client;
    const more = { caCert: c.caFile, clientCert, clientKey };
    for (const named of [more, { ...more, tlsServerName: "localhost" }]) {
      const outcome = await runClient(vault.address, named);
      assert.deepEqual(outcome, { value: "p" });
    }
  }));

Deno.test("fetchSecrets() names the file that is not a certificate or key", () =>
  withCertificates(async (c) => {
    const { certFile: clientCert, keyFile: clientKey } = c.client;
    const empty = `${c.dir}/empty`;
    await Deno.writeTextFile(empty, "");
    const caCert = c.caFile;
    const cases: [Partial<VaultSettings>, RegExp][] = [
      [{ caCert: clientKey }, /VAULT_CACERT .*contains no certificate/],
      [{ caCert: empty }, /VAULT_CACERT .*empty/],
      [{ caCert: `${c.dir}/none` }, /VAULT_CACERT .*does not exist/],
      [{ caPath: `${c.dir}/none` }, /VAULT_CAPATH .*cannot be read/],
      [
        { caCert, clientCert: clientKey, clientKey },
        /VAULT_CLIENT_CERT .*no certificate/,
      ],
      [
        { caCert, clientCert, clientKey: clientCert },
        /VAULT_CLIENT_KEY .*no private key/,
      ],
    ];
    for (const [more, words] of cases) {
      await failure("https://127.0.0.1:8200", more, words);
    }
  }));

Deno.test("fetchSecrets() reports a server without TLS", () =>
  withCertificates(async (c) => {
    const caCert = c.caFile;
    await using plain = new FakeVault(() => kv2({ password: "p" }));
    const { port } = new URL(plain.address);
    for (const more of [{ caCert }, { caCert, tlsServerName: "localhost" }]) {
      const address = `https://127.0.0.1:${port}`;
      await failure(address, more, /does not support TLS/);
    }
    assert.equal(plain.seen.length, 0);
  }));

Deno.test("fetchSecrets() keeps its deadline with VAULT_TLS_SERVER_NAME too", async () => {
  await using silent = new RawServer(async (connection) => {
    // Until the client has gone: the handshake never ends.
    const chunk = new Uint8Array(4096);
    while (await connection.read(chunk) !== null);
  });
  const more = {
    tlsServerName: "vault",
    requestTimeoutMs: 100,
    deadlineMs: 300,
  };
  const address = `https://127.0.0.1:${silent.port}`;
  const kind = "VaultUnavailableError";
  await failure(address, more, /no response in time/, kind);
  await silent[Symbol.asyncDispose]();
  await failure(address, more, /connection refused/, kind);
});
