/** TLS: trusted authorities, client certificates, and messages of failures. */
import assert from "node:assert/strict";
import {
  type Certificates,
  type IdentityFiles,
  makeCertificates,
} from "../../../../tools/openbao/certificates.ts";
import { FakeVault, kv2, makeSettings } from "../fake_vault.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { RawServer } from "../raw_server.ts";
import { TlsVault } from "../tls_vault.ts";

const CLIENT = new URL("../tls_client.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../../deno.json", import.meta.url).pathname;

/** What the client's process said. */
interface Said {
  readonly value?: string;
  readonly error?: string;
  readonly message?: string;
}

async function runClient(
  address: string,
  more: Partial<VaultSettings>,
): Promise<Said> {
  const settings = makeSettings(address, more);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "-q",
      "--no-check",
      "--config",
      CONFIG,
      CLIENT,
      JSON.stringify(settings),
    ],
    // The wrapper's entry stub gives Deno no environment of the user's either.
    clearEnv: true,
    env: { HOME: Deno.env.get("HOME") ?? "/root", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

async function withCertificates(use: (c: Certificates) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await use(makeCertificates(dir));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A case: `serve` behind one certificate, `more` settings, and what must come of it. */
interface Case {
  readonly name: string;
  readonly serve: (c: Certificates) => IdentityFiles;
  readonly more: (c: Certificates) => Partial<VaultSettings>;
  /** Words of a ConfigError; without it the secret must arrive. */
  readonly refused?: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "trusts the authority in VAULT_CACERT",
    serve: (c) => c.server,
    more: (c) => ({ caCert: c.caFile }),
  },
  {
    name: "does not trust another authority",
    serve: (c) => c.server,
    more: (c) => ({ caCert: c.otherCaFile }),
    refused: /not signed by the authority in VAULT_CACERT \(.*other_ca/,
  },
  {
    name: "does not trust a private authority that is not named",
    serve: (c) => c.server,
    more: () => ({}),
    refused: /set VAULT_CACERT/,
  },
  {
    name: "refuses an expired certificate",
    serve: (c) => c.expired,
    more: (c) => ({ caCert: c.caFile }),
    refused: /expired.*clock/,
  },
  {
    name: "refuses a certificate for another name",
    serve: (c) => c.wrongName,
    more: (c) => ({ caCert: c.caFile }),
    refused: /another name.*VAULT_TLS_SERVER_NAME/,
  },
  {
    name: "takes the name from VAULT_TLS_SERVER_NAME",
    serve: (c) => c.wrongName,
    more: (c) => ({ caCert: c.caFile, tlsServerName: "vault.example.test" }),
  },
  {
    name: "refuses a certificate without the name in VAULT_TLS_SERVER_NAME",
    serve: (c) => c.server,
    more: (c) => ({ caCert: c.caFile, tlsServerName: "vault.example.test" }),
    refused: /another name/,
  },
  {
    name: "still wants the authority with VAULT_TLS_SERVER_NAME",
    serve: (c) => c.wrongName,
    more: (c) => ({
      caCert: c.otherCaFile,
      tlsServerName: "vault.example.test",
    }),
    refused: /not signed by/,
  },
  {
    name: "still refuses an expired certificate with VAULT_TLS_SERVER_NAME",
    serve: (c) => c.expired,
    more: (c) => ({ caCert: c.caFile, tlsServerName: "localhost" }),
    refused: /expired/,
  },
  {
    name: "verifies nothing with VAULT_SKIP_VERIFY",
    serve: (c) => c.expired,
    more: (c) => ({ caCert: c.otherCaFile, skipVerify: true }),
  },
];

for (const { name, serve, more, refused } of CASES) {
  Deno.test(`fetchSecrets() ${name}`, () =>
    withCertificates(async (c) => {
      await using vault = await TlsVault.start(serve(c));
      const said = await runClient(vault.address, more(c));
      if (refused === undefined) {
        assert.deepEqual(said, { value: "p" });
        return;
      }
      assert.equal(said.error, "ConfigError", JSON.stringify(said));
      assert.match(said.message ?? "", refused);
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
    assert.deepEqual(await runClient(vault.address, { caPath }), {
      value: "p",
    });
  }));

Deno.test("fetchSecrets() sends its certificate when the server requires one", () =>
  withCertificates(async (c) => {
    const ca = await Deno.readTextFile(c.caFile);
    const demand = { ca, requestCert: true, rejectUnauthorized: true };
    await using vault = await TlsVault.start(c.server, demand);
    const identity = {
      clientCert: c.client.certFile,
      clientKey: c.client.keyFile,
    };
    const caCert = c.caFile;
    const { address } = vault;
    assert.deepEqual(await runClient(address, { caCert, ...identity }), {
      value: "p",
    });
    const named = { caCert, ...identity, tlsServerName: "localhost" };
    assert.deepEqual(await runClient(address, named), { value: "p" });
  }));

Deno.test("fetchSecrets() names a file without certificate or key", () =>
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
      const said = await runClient("https://127.0.0.1:8200", more);
      assert.equal(said.error, "ConfigError");
      assert.match(said.message ?? "", words);
    }
  }));

Deno.test("fetchSecrets() reports https on an http port, and the reverse", () =>
  withCertificates(async (c) => {
    const caCert = c.caFile;
    await using plain = new FakeVault(() => kv2({ password: "p" }));
    const { port } = new URL(plain.address);
    for (const more of [{ caCert }, { caCert, tlsServerName: "localhost" }]) {
      const said = await runClient(`https://127.0.0.1:${port}`, more);
      assert.equal(said.error, "ConfigError", JSON.stringify(said));
      assert.match(said.message ?? "", /does not support TLS/);
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
  const slow = await runClient(`https://127.0.0.1:${silent.port}`, more);
  assert.equal(slow.error, "VaultUnavailableError", JSON.stringify(slow));
  assert.match(slow.message ?? "", /no response in time/);
  const { port } = silent;
  await silent[Symbol.asyncDispose]();
  const refused = await runClient(`https://127.0.0.1:${port}`, more);
  assert.match(refused.message ?? "", /connection refused/);
});
