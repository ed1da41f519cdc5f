/** Kubeconfigs: all that one logs in with, lists of files, mistakes. No secret ever shows. */
import assert from "node:assert/strict";
import { makeAnswer } from "./answers.ts";
import { ApiServer } from "./api_server.ts";
import { status, writeKubeconfig } from "./status_run.ts";
import { serveProxy } from "./tunnel.ts";

const TOKEN = "hunter2-the-token";

async function serving(
  test: (api: ApiServer) => Promise<void>,
  which: "server" | "wrongName" = "server",
): Promise<void> {
  await using api = await ApiServer.start(which);
  api.tokens.add(TOKEN);
  api.add("production", "web", { body: makeAnswer() });
  await test(api);
}

async function succeed(
  api: ApiServer,
  options: Parameters<typeof writeKubeconfig>[1],
  variables: Record<string, string> = {},
): Promise<void> {
  const path = writeKubeconfig(api, options);
  const run = await status(["--kubeconfig", path], variables);
  assert.deepEqual({ code: run.code, err: run.err }, { code: 0, err: "" });
}

/** It fails with 2, says what is wrong, and never says the token. */
async function fail(
  api: ApiServer,
  options: Parameters<typeof writeKubeconfig>[1],
  words: RegExp,
  variables: Record<string, string> = {},
): Promise<void> {
  const path = writeKubeconfig(api, options);
  const { code, out, err } = await status(["--kubeconfig", path], variables);
  assert.match(err, words);
  assert.equal(code, 2);
  assert.ok(!(out + err).includes("hunter2"), err);
}

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

Deno.test("tokens: inline, and from a file, which comes first", () =>
  serving(async (api) => {
    await succeed(api, { user: { token: TOKEN } });
    Deno.writeTextFileSync(`${api.folder}/token`, `${TOKEN}\n`);
    await succeed(api, { user: { token: "old", tokenFile: "token" } });
    await succeed(api, { user: { token: TOKEN, tokenFile: "gone" } });
    await succeed(api, { user: { token: TOKEN, as: "auditor" } });
    assert.equal(api.seen.at(-1)?.headers["impersonate-user"], "auditor");
    const refused = /Pods cannot be listed: HTTP 401: Unauthorized/;
    await fail(api, { user: { token: "hunter2-wrong" } }, refused);
    await fail(api, { user: {} }, refused);
    await fail(api, { user: { token: "hunter2 \n x" } }, /is no token/);
    await fail(api, { user: { tokenFile: "gone" } }, /gone cannot be read/);
    await fail(api, { user: { username: "a", password: "hunter2" } }, refused);
    assert.match(api.seen.at(-1)?.headers.authorization ?? "", /^Basic /);
  }));

Deno.test("a server whose certificate is no good is not believed, unless that is wanted", () =>
  serving(async (api) => {
    const user = { token: TOKEN };
    const { otherCaFile } = api.certificates;
    await fail(
      api,
      { user, cluster: { "certificate-authority": otherCaFile } },
      /127.0.0.1:\d+: invalid peer certificate: UnknownIssuer/,
    );
    const insecure = {
      "certificate-authority": undefined,
      "insecure-skip-tls-verify": true,
    };
    await succeed(api, { user, cluster: insecure });
    await succeed(api, { cluster: insecure });
    assert.equal(api.seen.at(-1)?.client, "payments");
    await fail(
      api,
      { user, cluster: { "insecure-skip-tls-verify": true } },
      /exclude each other/,
    );
  }));

Deno.test("tls-server-name: another name in the certificate", () =>
  serving(async (api) => {
    const user = { token: TOKEN };
    await fail(api, { user }, /invalid peer certificate/);
    await succeed(api, {
      user,
      cluster: { "tls-server-name": "vault.example.test" },
    });
    await fail(
      api,
      { user, cluster: { "tls-server-name": "localhost" } },
      /ERR_TLS_CERT_ALTNAME_INVALID|certificate/i,
    );
  }, "wrongName"));

Deno.test("proxy-url is used; what it cannot be joined with is said", () =>
  serving(async (api) => {
    const user = { token: TOKEN };
    const seen: string[] = [];
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const proxying = serveProxy(listener, seen);
    const { port } = listener.addr;
    await succeed(api, {
      user,
      cluster: { "proxy-url": `http://127.0.0.1:${port}` },
    });
    listener.close();
    await proxying;
    assert.match(seen[0] ?? "", /^CONNECT 127.0.0.1:\d+ HTTP\/1.1/);
    const both = {
      "proxy-url": "http://127.0.0.1:1",
      "certificate-authority": undefined,
      "insecure-skip-tls-verify": true,
    };
    await fail(api, { user, cluster: both }, /proxy-url is not supported/);
    await fail(
      api,
      { user, cluster: { "proxy-url": "gopher://hunter2@x" } },
      /proxy-url is no http, https or socks5 address/,
    );
  }));

Deno.test("the first file of KUBECONFIG to say something wins; what is missing is passed over", () =>
  serving(async (api) => {
    const all = writeKubeconfig(api, { user: { token: TOKEN } });
    const first = `${api.folder}/first`;
    Deno.writeTextFileSync(
      first,
      `# a person wrote this
apiVersion: v1
kind: Config
current-context: &here mine
contexts:
- name: *here
  context: {cluster: c, user: u, namespace: 'staging'}
users: []
`,
    );
    const KUBECONFIG = `${api.folder}/gone:${first}::${all}`;
    const run = await status(["-o", "json"], { KUBECONFIG });
    assert.match(JSON.parse(run.out).place, /^mine \(127.*\), staging$/);
    const other = await status(["--context", "test"], { KUBECONFIG });
    assert.equal(other.code, 0);
    const wrong = await status(["--context", "nobody"], { KUBECONFIG });
    assert.match(wrong.err, /no context nobody, but test, mine|mine, test/);
    assert.equal(wrong.code, 2);
  }));

Deno.test("HOME's kubeconfig is the last; without any it is said where one was looked for", () =>
  serving(async (api) => {
    Deno.mkdirSync(`${api.folder}/.kube`);
    writeKubeconfig(api, { user: { token: TOKEN }, path: ".kube/config" });
    assert.equal((await status([], { HOME: api.folder })).code, 0);
    const { code, err } = await status([], { HOME: "/nonexistent" });
    assert.equal(code, 2);
    assert.match(err, /there is no \/nonexistent\/\.kube\/config; give --kube/);
    const named = await status(["--kubeconfig", "/nonexistent/k"]);
    assert.match(named.err, /there is no \/nonexistent\/k/);
  }));

Deno.test("a kubeconfig that cannot be used is told by file and line or field, never by its text", () =>
  serving(async (api) => {
    const path = `${api.folder}/broken`;
    const tell = async (text: string) => {
      Deno.writeTextFileSync(path, text);
      const { code, out, err } = await status(["--kubeconfig", path]);
      assert.equal(code, 2, text);
      assert.ok(!(out + err).includes("hunter2"), err);
      return err;
    };
    const user = "users: [{name: u, user: {token: hunter2";
    assert.match(
      await tell(`a: 1\n${user}\n`),
      /it is no YAML from line \d+ on/,
    );
    assert.match(
      await tell(`a: 1\na: hunter2\n`),
      /it is no YAML from line 2 on/,
    );
    assert.match(await tell(`a: !hunter2 b\n`), /it is no YAML from line 1 on/);
    assert.match(
      await tell("- hunter2\n"),
      /broken cannot be used: .* is no object/,
    );
    assert.match(await tell("users: hunter2\n"), /users is no list/);
    assert.match(
      await tell("contexts: [{name: 1}]\n"),
      /contexts\[0\]\.name is no text/,
    );
    assert.match(await tell(""), /no current context/);
    assert.match(await tell("current-context: x\n"), /no context x, but none/);
  }));

Deno.test("fields that cannot be followed are refused, not passed over", () =>
  serving(async (api) => {
    await fail(
      api,
      { user: { token: TOKEN, "as-groups": ["x"] } },
      /as-groups is not supported/,
    );
    await fail(
      api,
      { user: { "auth-provider": { name: "gcp" } } },
      /auth-provider was removed from Kubernetes/,
    );
    await fail(
      api,
      { user: { "client-key": "client.key" } },
      /only one of client-certificate and client-key/,
    );
    await fail(
      api,
      { user: { "client-certificate-data": "hunter2!" } },
      /client-certificate-data is no base64/,
    );
    await fail(api, { user: { token: 5 } }, /user\.token is no text/);
    const server = "https://admin:hunter2@127.0.0.1:6443";
    await fail(api, { cluster: { server } }, /address holds a user/);
    await fail(api, { cluster: { server: "hunter2" } }, /server is no https/);
    await fail(
      api,
      { cluster: { "certificate-authority": "gone" } },
      /which cannot be read/,
    );
    const { serverKey } = { serverKey: api.certificates.server.keyFile };
    await fail(
      api,
      { user: { "client-certificate": "client.pem", "client-key": serverKey } },
      /the key must fit its certificate|Unauthorized|certificate/,
    );
  }));

Deno.test("the API behind a path, as Rancher has it", () =>
  serving(async (api) => {
    const server = `https://127.0.0.1:${api.port}/k8s/clusters/c-1`;
    await fail(
      api,
      { user: { token: TOKEN }, cluster: { server } },
      /HTTP 404: no such path/,
    );
    assert.match(
      api.seen.at(-1)?.path ?? "",
      /^\/k8s\/clusters\/c-1\/api\/v1\/namespaces\/production\/pods\?/,
    );
  }));
