/** Kubeconfigs: credentials, and verification of the server. No message shows a credential. */
import assert from "node:assert/strict";
import { ensurePackages } from "../../../tools/packages.ts";
import { UNVERIFIED } from "../status_run.ts";
import { fail, serveProxy, serving, succeed, TOKEN } from "./serving.ts";

Deno.test("client certificates: as files, relative ones, and inline", () =>
  serving(async (api) => {
    const { client } = api.certificates;
    await succeed(api, {});
    assert.equal(api.seen.at(-1)?.client, "payments");
    await succeed(api, {
      user: { "client-certificate": "client.pem", "client-key": "client.key" },
    });
    const inline = (path: string) => Deno.readFileSync(path).toBase64();
    await succeed(api, {
      user: {
        "client-certificate-data": inline(client.certFile),
        "client-key-data": inline(client.keyFile),
      },
      cluster: {
        "certificate-authority": undefined,
        "certificate-authority-data": inline(api.certificates.caFile),
      },
    });
  }));

Deno.test("tokens: inline, and from a file, which has precedence", () =>
  serving(async (api) => {
    await succeed(api, { user: { token: TOKEN } });
    Deno.writeTextFileSync(`${api.folder}/token`, `${TOKEN}\n`);
    await succeed(api, { user: { token: "old", tokenFile: "token" } });
    await succeed(api, { user: { token: TOKEN, tokenFile: "gone" } });
    await succeed(api, { user: { token: TOKEN, as: "auditor" } });
    assert.equal(api.seen.at(-1)?.headers["impersonate-user"], "auditor");
    const refused = /Cannot list pods: HTTP 401: Unauthorized/;
    await fail(api, { user: { token: "hunter2-wrong" } }, refused);
    await fail(api, { user: {} }, refused);
    const twoLines = { user: { token: "hunter2 \n x" } };
    await fail(api, twoLines, /invalid bearer token/i);
    await fail(api, { user: { tokenFile: "gone" } }, /cannot read .*gone/i);
    await fail(api, { user: { username: "a", password: "hunter2" } }, refused);
    assert.match(api.seen.at(-1)?.headers.authorization ?? "", /^Basic /);
  }));

Deno.test("a server with an invalid certificate is refused, unless verification is off", () =>
  serving(async (api) => {
    const user = { token: TOKEN };
    const other = { "certificate-authority": api.certificates.otherCaFile };
    const words = /127.0.0.1:\d+: invalid peer certificate: UnknownIssuer/;
    await fail(api, { user, cluster: other }, words);
    await succeed(api, { user, cluster: UNVERIFIED });
    await succeed(api, { cluster: UNVERIFIED });
    assert.equal(api.seen.at(-1)?.client, "payments");
    // Extensions are for credential plugins only.
    const strange = { ...UNVERIFIED, extensions: "some text" };
    await succeed(api, { user, cluster: strange });
    const both = { "insecure-skip-tls-verify": true };
    await fail(api, { user, cluster: both }, /exclude each other/);
  }));

Deno.test("tls-server-name: another name in the certificate", () =>
  serving(async (api) => {
    const user = { token: TOKEN };
    await fail(api, { user }, /invalid peer certificate/);
    const named = (name: string) => {
      return { user, cluster: { "tls-server-name": name } };
    };
    await succeed(api, named("vault.example.test"));
    const words = /ERR_TLS_CERT_ALTNAME_INVALID|certificate/i;
    await fail(api, named("localhost"), words);
  }, "wrongName"));

Deno.test("proxy-url is used; unsupported combinations are errors", () =>
  serving(async (api) => {
    const user = { token: TOKEN };
    const seen: string[] = [];
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const proxying = serveProxy(listener, seen);
    const { port } = listener.addr;
    const cluster = { "proxy-url": `http://127.0.0.1:${port}` };
    await succeed(api, { user, cluster });
    listener.close();
    await proxying;
    assert.match(seen[0] ?? "", /^CONNECT 127.0.0.1:\d+ HTTP\/1.1/);
    const both = { ...UNVERIFIED, "proxy-url": "http://127.0.0.1:1" };
    await fail(api, { user, cluster: both }, /proxy-url is not supported/);
    const gopher = { "proxy-url": "gopher://hunter2@x" };
    const words = /proxy-url is not an http, https or socks5 address/;
    await fail(api, { user, cluster: gopher }, words);
  }));

Deno.test("client keys in all formats of clusters: PKCS#1, SEC1, PKCS#8", () =>
  serving(async (api) => {
    await ensurePackages(["openssl"]);
    const make = (name: string, ...kind: string[]) => {
      const key = `${api.folder}/${name}.key`;
      const cert = `${api.folder}/${name}.pem`;
      const request = "req -x509 -nodes -subj /CN=payments -days 2".split(" ");
      openssl(...request, ...kind, "-keyout", key, "-out", cert);
      return { key, cert };
    };
    const rsa = make("rsa", "-newkey", "rsa:2048");
    const curve = "ec_paramgen_curve:P-256";
    const ec = make("ec", "-newkey", "ec", "-pkeyopt", curve);
    const ed = make("ed", "-newkey", "ed25519");
    const pkcs1 = `${rsa.key}1`;
    openssl("rsa", "-in", rsa.key, "-traditional", "-out", pkcs1);
    const sec1 = `${ec.key}1`;
    openssl("ec", "-in", ec.key, "-out", sec1);
    const pairs = [rsa, { ...rsa, key: pkcs1 }, ec, { ...ec, key: sec1 }, ed];
    for (const { key, cert } of pairs) {
      const user = { "client-certificate": cert, "client-key": key };
      await succeed(api, { user });
      assert.equal(api.seen.at(-1)?.client, "payments", key);
    }
    const heads = [pkcs1, sec1].map((path) => Deno.readTextFileSync(path));
    assert.match(heads[0] ?? "", /^-----BEGIN RSA PRIVATE KEY/);
    assert.match(heads[1] ?? "", /^-----BEGIN EC PRIVATE KEY/);
  }));

function openssl(...args: string[]): void {
  const { success, stderr } = new Deno.Command("openssl", { args })
    .outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test("the API behind a path, as Rancher has it", () =>
  serving(async (api) => {
    const server = `https://127.0.0.1:${api.port}/k8s/clusters/c-1`;
    const options = { user: { token: TOKEN }, cluster: { server } };
    await fail(api, options, /HTTP 404: no such path/);
    assert.match(
      api.seen.at(-1)?.path ?? "",
      /^\/k8s\/clusters\/c-1\/api\/v1\/namespaces\/production\/pods\?/,
    );
  }));
