/**
 * Secrets as the application sees them: named by reference and by path, both KV
 * versions, namespaces, values that are not text.
 */
import assert from "node:assert/strict";
import { post } from "../../tools/openbao/api.ts";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { openBaoForFile, vaultEnvironment } from "../support/openbao.ts";
import { runWrapper } from "../support/wrapper.ts";

type Environment = Record<string, string>;
/** Title, the wrapper's variables, the application's variables. */
type Case = readonly [string, Environment, Environment];

const TEXT = "pä$$\n\t'\"wörd €";
const PASSWORD = "vault:secret/data/app#password";
const CASES: readonly Case[] = [
  ["a field of KV v2", { A: PASSWORD }, { A: "s3cr3t-p4ss" }],
  ["an old version of KV v2", { A: `${PASSWORD}#1` }, { A: "first-password" }],
  ["a field of KV v1", { A: "vault:kv/legacy#api_key" }, { A: "legacy-key-1" }],
  ["a number as its text", { A: "vault:secret/data/app#port" }, { A: "5432" }],
  ["a boolean as its text", { A: "vault:kv/legacy#on" }, { A: "true" }],
  [
    "an object as JSON",
    { A: "vault:secret/data/shapes#object" },
    { A: '{"a":[1,"b"]}' },
  ],
  ["an empty text", { A: "vault:secret/data/shapes#empty" }, { A: "" }],
  ["text beyond ASCII", { A: "vault:secret/data/shapes#text" }, { A: TEXT }],
  [
    "a reference inside a text",
    { DSN: `postgres://u:\${${PASSWORD}}@db/x` },
    { DSN: "postgres://u:s3cr3t-p4ss@db/x" },
  ],
  [
    "two references inside one text",
    { DSN: `\${vault:secret/data/app#username}:\${${PASSWORD}#1}` },
    { DSN: "app-user:first-password" },
  ],
  [
    "paths and a map",
    {
      CLOUDTASER_SECRET_PATHS: "secret/data/app,kv/legacy",
      CLOUDTASER_ENV_MAP: "password=PGPASSWORD,username=PGUSER;api_key=API_KEY",
    },
    { PGPASSWORD: "s3cr3t-p4ss", PGUSER: "app-user", API_KEY: "legacy-key-1" },
  ],
  [
    "paths without a map",
    { CLOUDTASER_SECRET_PATHS: "kv/legacy" },
    { api_key: "legacy-key-1", on: "true" },
  ],
  [
    "a namespace",
    { VAULT_NAMESPACE: "team", A: "vault:kv/own#a" },
    { A: "of the team" },
  ],
  [
    "an ordinary variable beside it",
    { PLAIN: "untouched ${HOME} vault", A: PASSWORD },
    { PLAIN: "untouched ${HOME} vault", A: "s3cr3t-p4ss" },
  ],
];

let token = "";
const openBao = openBaoForFile(async (server) => {
  token = await setUp(server);
});

Deno.test("reading secrets", async (test) => {
  const server = openBao();
  for (const [title, given, seen] of CASES) {
    await test.step(`delivers ${title}`, async () => {
      const tokenOfCase = given.VAULT_NAMESPACE ? server.rootToken : token;
      const result = await runWrapper({
        args: ["/usr/bin/env", "-0"],
        env: { ...vaultEnvironment(server, tokenOfCase), ...given },
      });
      assert.equal(result.code, 0, result.stderr);
      const environment = parse(result.stdout);
      for (const [name, value] of Object.entries(seen)) {
        assert.equal(environment.get(name), value, name);
      }
      const ours = [...environment.keys()].filter((name) =>
        /^(VAULT|BAO|CLOUDTASER|DENO|CT)_/.test(name)
      );
      assert.deepEqual(ours, []);
    });
  }
});

Deno.test("several fields of one path are one request", async () => {
  await using proxy = await FaultProxy.start(openBao());
  const result = await runWrapper({
    args: ["/bin/true"],
    env: {
      ...vaultEnvironment(proxy, token),
      A: "vault:secret/data/app#password",
      B: "vault:secret/data/app#username",
      C: "x ${vault:secret/data/app#port} y",
      D: "vault:secret/data/app#password#1",
      CLOUDTASER_SECRET_PATHS: "secret/data/app",
    },
  });
  assert.equal(result.code, 0, result.stderr);
  const reads = proxy.requests.map(({ path }) => path)
    .filter((path) => path.startsWith("secret/"));
  assert.deepEqual(reads.sort(), [
    "secret/data/app",
    "secret/data/app?version=1",
  ]);
});

async function setUp(server: OpenBao): Promise<string> {
  await setUpSecrets(server);
  const data = { object: { a: [1, "b"] }, empty: "", text: TEXT };
  await post(server, "secret/data/shapes", { data });
  await post(server, "sys/namespaces/team", {});
  const namespace = "team";
  await post(server, "sys/mounts/kv", { type: "kv" }, { namespace });
  await post(server, "kv/own", { a: "of the team" }, { namespace });
  return await makeToken(server);
}

function parse(block: string): Map<string, string> {
  const entries = block.split("\0").filter((entry) => entry !== "");
  return new Map(entries.map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }));
}
