/** Kubeconfigs: several files, and errors in them. No message shows a credential. */
import assert from "node:assert/strict";
import { fail, serving, TOKEN } from "./serving.ts";
import { status, writeKubeconfig } from "../status_run.ts";

Deno.test("the first file of KUBECONFIG that sets a value wins; missing files are ignored", () =>
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
    const wrong = await status(["--context", "absent"], { KUBECONFIG });
    assert.match(
      wrong.err,
      /no context absent; available: (test, mine|mine, test)/,
    );
    assert.equal(wrong.code, 2);
  }));

Deno.test("~/.kube/config is the last resort; the error names the missing files", () =>
  serving(async (api) => {
    Deno.mkdirSync(`${api.folder}/.kube`);
    writeKubeconfig(api, { user: { token: TOKEN }, path: ".kube/config" });
    assert.equal((await status([], { HOME: api.folder })).code, 0);
    const { code, err } = await status([], { HOME: "/nonexistent" });
    assert.equal(code, 2);
    assert.match(err, /cannot find \/nonexistent\/\.kube\/config; use --kube/);
    const named = await status(["--kubeconfig", "/nonexistent/k"]);
    assert.match(named.err, /cannot find \/nonexistent\/k/);
  }));

Deno.test("errors in a kubeconfig name file and line or field, and never quote it", () =>
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
      /not YAML at line \d+$/m,
    );
    assert.match(
      await tell(`a: 1\na: hunter2\n`),
      /not YAML at line 2$/m,
    );
    assert.match(await tell(`a: !hunter2 b\n`), /not YAML at line 1$/m);
    assert.match(
      await tell("- hunter2\n"),
      /Invalid kubeconfig .*broken: must be an object/,
    );
    assert.match(await tell("users: hunter2\n"), /users must be a list/);
    assert.match(
      await tell("contexts: [{name: 1}]\n"),
      /contexts\[0\]\.name must be a string/,
    );
    assert.match(await tell(""), /no current context/);
    assert.match(
      await tell("current-context: x\n"),
      /no context x; available: none/,
    );
  }));

Deno.test("unsupported fields are errors, not ignored", () =>
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
      /client-certificate-data is not base64/,
    );
    await fail(
      api,
      { user: { token: 5 } },
      /users\[0\]\.user\.token must be a string/,
    );
    const server = "https://admin:hunter2@127.0.0.1:6443";
    await fail(api, { cluster: { server } }, /server contains a user name/);
    await fail(api, { cluster: { server: "hunter2" } }, /server is not https/);
    await fail(
      api,
      { cluster: { "certificate-authority": "gone" } },
      /cannot read .*gone/,
    );
    const { serverKey } = { serverKey: api.certificates.server.keyFile };
    await fail(
      api,
      { user: { "client-certificate": "client.pem", "client-key": serverKey } },
      /the key must match its certificate|Unauthorized|certificate/,
    );
  }));
