/** Kubeconfigs: several files, and errors in them. No message shows a credential. */
import assert from "node:assert/strict";
import { fail, serving, TOKEN } from "./serving.ts";
import {
  type KubeconfigOptions,
  status,
  writeKubeconfig,
} from "../status_run.ts";

const WRITTEN = `# a person wrote this
apiVersion: v1
kind: Config
current-context: &here mine
contexts:
- name: *here
  context: {cluster: c, user: u, namespace: 'staging'}
users: []
`;

Deno.test("the first file of KUBECONFIG that sets a value wins; missing files are ignored", () =>
  serving(async (api) => {
    const all = writeKubeconfig(api, { user: { token: TOKEN } });
    const first = `${api.folder}/first`;
    Deno.writeTextFileSync(first, WRITTEN);
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
    const cases: readonly [string, RegExp][] = [
      ["a: 1\nusers: [{name: u, user: {token: hunter2\n", /YAML at line \d+$/m],
      ["a: 1\na: hunter2\n", /not YAML at line 2$/m],
      ["a: !hunter2 b\n", /not YAML at line 1$/m],
      ["- hunter2\n", /Invalid kubeconfig .*broken: must be an object/],
      ["users: hunter2\n", /users must be a list/],
      ["contexts: [{name: 1}]\n", /contexts\[0\]\.name must be a string/],
      ["", /no current context/],
      ["current-context: x\n", /no context x; available: none/],
    ];
    for (const [text, words] of cases) {
      Deno.writeTextFileSync(path, text);
      const { code, out, err } = await status(["--kubeconfig", path]);
      assert.equal(code, 2, text);
      assert.match(err, words);
      assert.ok(!(out + err).includes("hunter2"), err);
    }
  }));

Deno.test("unsupported fields are errors, not ignored", () =>
  serving(async (api) => {
    const server = "https://admin:hunter2@127.0.0.1:6443";
    const serverKey = api.certificates.server.keyFile;
    const cases: readonly [KubeconfigOptions, RegExp][] = [
      [
        { user: { token: TOKEN, "as-groups": ["x"] } },
        /as-groups is not supported/,
      ],
      [
        { user: { "auth-provider": { name: "gcp" } } },
        /auth-provider was removed from Kubernetes/,
      ],
      [
        { user: { "client-key": "client.key" } },
        /only one of client-certificate and client-key/,
      ],
      [
        { user: { "client-certificate-data": "hunter2!" } },
        /client-certificate-data is not base64/,
      ],
      [{ user: { token: 5 } }, /users\[0\]\.user\.token must be a string/],
      [{ cluster: { server } }, /server contains a user name/],
      [{ cluster: { server: "hunter2" } }, /server is not https/],
      [{ cluster: { "certificate-authority": "gone" } }, /cannot read .*gone/],
      [
        {
          user: { "client-certificate": "client.pem", "client-key": serverKey },
        },
        /the key must match its certificate|Unauthorized|certificate/,
      ],
    ];
    for (const [options, words] of cases) await fail(api, options, words);
  }));
