/**
 * The forms of bank-vaults' references, on a real OpenBao. What vault-env and
 * secret-init make of each stands in docs/MIGRATION.md, from their sources.
 */
import assert from "node:assert/strict";
import { type Api, post } from "../../tools/openbao/api.ts";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { openBaoForFile, vaultEnvironment } from "../support/openbao.ts";
import { runWrapper, type WrapperResult } from "../support/wrapper.ts";
import { read, rowsOf } from "../docs/page.ts";
import { assertNotStarted } from "./outcomes.ts";

type Environment = Readonly<Record<string, string>>;

const POLICY = `
path "secret/data/*" { capabilities = ["read"] }
path "secret/data/written" { capabilities = ["create", "update", "read"] }
path "secret/app" { capabilities = ["read"] }
path "kv/*" { capabilities = ["read"] }
path "secret/data/new" { capabilities = ["create", "update"] }
path "kv/new" { capabilities = ["create", "update"] }
path "kv/written" { capabilities = ["create", "update", "read"] }
path "transit/decrypt/app" { capabilities = ["update"] }
path "transit/random/*" { capabilities = ["update"] }
`;
const APP = "vault:secret/data/app";
const BINARY = new Uint8Array([0xff, 0xfe, 0x01, 0x80]);

let token = "";
const cipher = { text: "", binary: "", other: "" };
const openBao = openBaoForFile(async (server) => {
  await setUpSecrets(server);
  await post(server, "secret/data/shapes", {
    data: {
      "key-with-dash": "dashed",
      empty: "",
      encoded: btoa("decoded-secret"),
      nested: { b: [1, "<x>"], a: "ü" },
      object: { a: 1 },
      url: "p@ss/w:rd &",
      on: true,
    },
  });
  await post(server, "secret/data/gone", { data: { password: "x" } });
  await post(server, "secret/delete/gone", { versions: [1] });
  await post(server, "sys/mounts/transit", { type: "transit" });
  await post(server, "sys/mounts/crypt", { type: "transit" });
  for (const path of ["transit/keys/app", "transit/keys/other"]) {
    await post(server, path, {});
  }
  cipher.text = await encrypt(server, "app", btoa("transit-secret"));
  cipher.binary = await encrypt(server, "app", BINARY.toBase64());
  cipher.other = await encrypt(server, "other", btoa("of another key"));
  await post(server, "sys/policies/acl/bank-vaults", { policy: POLICY });
  token = await makeToken(server, { policies: ["bank-vaults"] });
});

async function encrypt(server: Api, key: string, plaintext: string) {
  const { body } = await post(server, `transit/encrypt/${key}`, { plaintext });
  return String(body.data.ciphertext);
}

function run(
  env: Environment,
  at: Pick<OpenBao, "address" | "caFile"> = openBao(),
): Promise<WrapperResult> {
  return runWrapper({
    args: ["/usr/bin/env", "-0"],
    env: { ...vaultEnvironment(at, token), ...env },
  });
}

function parse({ stdout }: WrapperResult): Map<string, string> {
  return new Map(
    stdout.split("\0").filter(Boolean).map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** The values of some variables; `undefined`: the application has no such variable. */
async function delivers(
  env: Environment,
  wanted: Readonly<Record<string, string | undefined>>,
): Promise<WrapperResult> {
  const result = await run(env);
  assert.equal(result.code, 0, result.stderr);
  const seen = parse(result);
  for (const [name, value] of Object.entries(wanted)) {
    assert.equal(seen.get(name), value, name);
  }
  return result;
}

/** A value of A, and what the application sees. */
const VALUES: readonly (readonly [string, string])[] = [
  [`${APP}#password#`, "s3cr3t-p4ss"],
  [`${APP}#password#0`, "s3cr3t-p4ss"],
  [`${APP}#password#-1`, "s3cr3t-p4ss"],
  [`${APP}#password#01`, "first-password"],
  ["vault:kv/legacy#api_key#0", "legacy-key-1"],
  [`${APP}#\${.password}`, "s3cr3t-p4ss"],
  [`${APP}#\${ .password | b64enc }#1`, btoa("first-password")],
  [
    `${APP}#port is \${.port}, user is \${title .username}!`,
    "port is 5432, user is App-User!",
  ],
  [`x\${${APP}#\${.password | upper}}y`, "xS3CR3T-P4SSy"],
  [
    "scheme://${vault:secret/data/app#username}:${vault:secret/data/shapes#${.url | urlquery}}@db",
    "scheme://app-user:p%40ss%2Fw%3Ard+%26@db",
  ],
  ["vault:secret/data/shapes#${.encoded | b64dec}", "decoded-secret"],
  [
    "vault:secret/data/shapes#${.nested | toJson}",
    '{"a":"ü","b":[1,"\\u003cx\\u003e"]}',
  ],
  ["vault:secret/data/shapes#${.nested.b | toJson}", '[1,"\\u003cx\\u003e"]'],
  ['vault:secret/data/shapes#${index . "key-with-dash" | quote}', '"dashed"'],
  ["vault:secret/data/shapes#${.nosuch | default `fallback`}", "fallback"],
  ["vault:secret/data/shapes#${if .on}yes${else}no${end}", "yes"],
  [
    "vault:secret/data/shapes#${printf `%s:%s` .encoded .empty | b64enc}",
    btoa(`${btoa("decoded-secret")}:`),
  ],
  ["vault:secret/data/shapes#a ${- `b` -} c", "abc"],
  [
    "bao:secret/data/app#${.password | trimSuffix `ss` | replace `p4` `}#{`}",
    "s3cr3t-}#{",
  ],
];

for (const [value, seen] of VALUES) {
  Deno.test(`${value} is resolved as bank-vaults resolves it`, async () => {
    await delivers({ A: value }, { A: seen });
  });
}

Deno.test("ciphertexts of transit are decrypted in one request", async () => {
  await using proxy = await FaultProxy.start(openBao());
  const result = await run({
    VAULT_TRANSIT_KEY_ID: "app",
    A: cipher.text,
    B: `before \${${cipher.text}} after`,
    C: cipher.binary,
    D: `${APP}#password`,
  }, proxy);
  assert.equal(result.code, 0, result.stderr);
  const seen = parse(result);
  assert.equal(seen.get("A"), "transit-secret");
  assert.equal(seen.get("B"), "before transit-secret after");
  assert.equal(seen.get("D"), "s3cr3t-p4ss");
  const at = result.stdoutBytes.indexOf(BINARY[0]!);
  assert.deepEqual(
    result.stdoutBytes.slice(at, at + 5),
    new Uint8Array([...BINARY, 0]),
  );
  const asked = proxy.requests.filter(({ path }) =>
    path.startsWith("transit/")
  );
  assert.deepEqual(asked.map(({ path }) => path), ["transit/decrypt/app"]);
});

Deno.test("a ciphertext is not decrypted without a key, with another, or at another path", async () => {
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [
      { A: cipher.text },
      /A is a ciphertext of transit .*VAULT_TRANSIT_KEY_ID is not set/,
    ],
    [
      { A: cipher.other, B: cipher.text, VAULT_TRANSIT_KEY_ID: "app" },
      /cannot decrypt A with the transit key "app" at "transit": the key did not make this ciphertext/,
    ],
    [
      { A: cipher.text, BAO_TRANSIT_KEY_ID: "other" },
      /refuses to decrypt A .*permission denied; add update on "transit\/decrypt\/other"/,
    ],
    [
      {
        A: cipher.text,
        VAULT_TRANSIT_KEY_ID: "app",
        VAULT_TRANSIT_PATH: "crypt",
      },
      /permission denied.*VAULT_TRANSIT_PATH/,
    ],
    [
      { A: cipher.text, VAULT_TRANSIT_KEY_ID: "../app" },
      /VAULT_TRANSIT_KEY_ID.*contains \. or \.\./,
    ],
  ];
  for (const [env, words] of cases) {
    assertNotStarted(await run(env), 78, words);
  }
});

Deno.test(">>vault: writes once for all references, and uses the answer", async () => {
  await using proxy = await FaultProxy.start(openBao());
  const write = '>>vault:secret/data/written#version#{"data":{"a":"{}#"}}';
  const result = await run({
    A: write,
    B: `v\${${write}}`,
    C: ">>vault:transit/random/8#random_bytes",
    D: `>>vault:transit/decrypt/app#\${.plaintext | b64dec}#{"ciphertext":"${cipher.text}"}`,
    E: ">>bao:transit/random/8#${.random_bytes | len}#{}",
  }, proxy);
  assert.equal(result.code, 0, result.stderr);
  const seen = parse(result);
  assert.equal(seen.get("B"), `v${seen.get("A")}`);
  assert.match(seen.get("C") ?? "", /^[A-Za-z0-9+/]{11}=$/);
  assert.equal(seen.get("D"), "transit-secret");
  assert.equal(seen.get("E"), "12");
  const writes = proxy.requests.filter(({ method }) => method === "POST")
    .map(({ path }) => path);
  assert.deepEqual(writes, [
    "secret/data/written",
    "transit/random/8",
    "transit/decrypt/app",
  ]);
  const { body } = await openBao().api("GET", "secret/data/written");
  assert.deepEqual(body.data.data, { a: "{}#" });
});

Deno.test(">>vault: comes before the reads, and a write without an answer is an error", async () => {
  await openBao().api("DELETE", "kv/written");
  const env = { A: '>>vault:kv/written#a#{"a":"b"}', B: "vault:kv/written#a" };
  assertNotStarted(
    await run(env),
    78,
    /response to writing "kv\/written" \(for A\) has no fields: >>vault: uses the response/,
  );
  await openBao().api("DELETE", "kv/written");
  await delivers(
    { ...env, VAULT_IGNORE_MISSING_SECRETS: "true" },
    { A: undefined, B: "b" },
  );
});

Deno.test(">>vault: is not written again to look for changes", async () => {
  await using proxy = await FaultProxy.start(openBao());
  const result = await runWrapper({
    args: ["/bin/sleep", "3"],
    env: {
      ...vaultEnvironment(proxy, token),
      A: ">>vault:transit/random/8#random_bytes",
      B: `${APP}#password`,
      CLOUDTASER_REFRESH_INTERVAL: "500ms",
      CLOUDTASER_ON_ROTATE: "restart",
    },
  });
  assert.equal(result.code, 0, result.stderr);
  const count = (path: string) =>
    proxy.requests.filter((seen) => seen.path === path).length;
  assert.ok(count("secret/data/app") >= 2);
  assert.equal(count("transit/random/8"), 1);
  assert.doesNotMatch(result.stderr, /[Rr]estart/);
});

Deno.test(">>vault: without permission says what the policy lacks", async () => {
  assertNotStarted(
    await run({ A: '>>vault:secret/data/app#version#{"data":{}}' }),
    78,
    /forbids writing "secret\/data\/app" \(for A\).*add create and update/,
  );
});

for (
  const name of ["VAULT_FROM_PATH", "VAULT_ENV_FROM_PATH", "BAO_FROM_PATH"]
) {
  Deno.test(`${name} delivers every field of its paths`, async () => {
    await delivers(
      { [name]: "secret/data/app#1,kv/legacy", DB: `${APP}#password` },
      {
        password: "first-password",
        username: "first-user",
        api_key: "legacy-key-1",
        DB: "s3cr3t-p4ss",
      },
    );
  });
}

Deno.test("paths in several lists are read once", async () => {
  await using proxy = await FaultProxy.start(openBao());
  const path = "secret/data/app";
  const result = await run({
    CLOUDTASER_SECRET_PATHS: path,
    VAULT_FROM_PATH: `${path}#0`,
    VAULT_ENV_FROM_PATH: `kv/legacy,${path}#`,
  }, proxy);
  assert.equal(result.code, 0, result.stderr);
  assert.equal(parse(result).get("password"), "s3cr3t-p4ss");
  const reads = proxy.requests.filter((seen) => seen.path === path);
  assert.equal(reads.length, 1);
});

const NOTHING = /Vault has nothing at "(?:secret|kv)\//;

Deno.test("VAULT_IGNORE_MISSING_SECRETS leaves out what does not exist, with a warning", async () => {
  const missing = {
    A: "vault:secret/data/nosuch#password",
    B: "x${vault:kv/nosuch#${.password}}y",
    C: "vault:secret/app#password",
    D: `${APP}#password#99`,
    E: cipher.other,
    F: `${APP}#password`,
    VAULT_TRANSIT_KEY_ID: "app",
    VAULT_FROM_PATH: "secret/data/nosuch",
  };
  assertNotStarted(await run(missing), 78, NOTHING);
  assertNotStarted(
    await run({ ...missing, VAULT_IGNORE_MISSING_SECRETS: "false" }),
    78,
    NOTHING,
  );
  const { stderr } = await delivers(
    { ...missing, VAULT_IGNORE_MISSING_SECRETS: "true" },
    {
      A: undefined,
      B: undefined,
      C: undefined,
      D: undefined,
      E: undefined,
      F: "s3cr3t-p4ss",
    },
  );
  for (
    const words of [
      /Vault has nothing at "secret\/data\/nosuch" \(for A, "all fields"\)/,
      /Vault has nothing at "kv\/nosuch" \(for B\)/,
      /Vault has nothing at "secret\/app" \(for C\)/,
      /Vault has nothing at "secret\/data\/app" \(version 99, for D\)/,
      /Transit cannot decrypt E/,
    ]
  ) assert.match(stderr, words);
});

Deno.test("an application starts when every secret is missing and that is allowed", async () => {
  await delivers(
    {
      A: "vault:secret/data/nosuch#password",
      VAULT_IGNORE_MISSING_SECRETS: "1",
    },
    { A: undefined },
  );
});

/** What the last column of the table of forms says. */
const OUTCOMES: Readonly<
  Record<string, (result: WrapperResult, value: string) => void>
> = {
  refused: (result) =>
    assertNotStarted(result, 78, /error: .*(?:\bA\b|"kv\/legacy")/),
  unchanged: (result, value) => assert.equal(seenIn(result), value),
  "left out": (result) => assert.equal(seenIn(result), undefined),
};

function seenIn(result: WrapperResult): string | undefined {
  assert.equal(result.code, 0, result.stderr);
  return parse(result).get("A");
}

const [, table = ""] = /<!-- forms -->([^]*)<!-- \/forms -->/
  .exec(read("docs/MIGRATION.md")) ?? [];
const forms = rowsOf(table).slice(1);

Deno.test("docs/MIGRATION.md has forms of references", () => {
  assert.ok(forms.length > 20);
});

for (const [form = "", , , here = ""] of forms) {
  Deno.test(`docs/MIGRATION.md is right about ${form}`, async () => {
    const [, code = "", ignores] = /^`(.*)`( with IGNORE)?$/.exec(form) ?? [];
    const value = code.replaceAll("\\|", "|")
      .replaceAll("vault:v1:…", cipher.text);
    const result = await run({
      A: value,
      VAULT_TRANSIT_KEY_ID: "app",
      VAULT_IGNORE_MISSING_SECRETS: ignores ? "true" : "false",
    });
    const [, text] = /^`(.*)`$/.exec(here) ?? [];
    if (text === undefined) OUTCOMES[here]?.(result, value);
    else assert.equal(seenIn(result), text);
    assert.ok(text !== undefined || here in OUTCOMES, here);
  });
}

/** What is refused all the same, with VAULT_IGNORE_MISSING_SECRETS: the value of A, and words. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  [`${APP}#nosuch`, /A: no field nosuch/],
  [
    `${APP}#\${.nosuch}`,
    /A: the template "\$\{\.nosuch\}" uses a field that does not exist/,
  ],
  [
    "vault:secret/data/gone#password",
    /Version 1 of "secret\/data\/gone".* was deleted/,
  ],
  ["vault:transit/nosuch#a", /forbids reading "transit\/nosuch"/],
  [
    `${APP}#password#abc`,
    /A is an invalid reference: the version after the second # must be an integer/,
  ],
  [`${APP}#`, /the field after # is empty/],
  [APP, /use vault:PATH#FIELD/],
  [
    ">>vault:secret/data/written",
    /A is an invalid reference: >>vault: needs >>vault:PATH#FIELD/,
  ],
  [
    ">>vault:kv/written#a#b",
    /the data after the second # of >>vault: must be a JSON object/,
  ],
  [">>vault:kv/written#a#", /must be a JSON object/],
  [
    `${APP}#\${env "HOME"}`,
    /A: the template .* calls env, which is not a supported function; docs\/MIGRATION\.md/,
  ],
  [
    `${APP}#\${range .}x\${end}`,
    /has the action range, which is not supported/,
  ],
  [`${APP}#\${$x := .password}`, /variables are not supported/],
  [`${APP}#\${.password`, /the template after # has \$\{ without its \}/],
  [
    `${APP}#\${.password | b64dec}`,
    /gives b64dec something that is not base64/,
  ],
  [
    "vault:secret/data/shapes#${.object}",
    /writes an object as text: add toJson/,
  ],
];

for (const [value, words] of REFUSED) {
  Deno.test(`${value} is refused in words`, async () => {
    const env = { A: value, VAULT_IGNORE_MISSING_SECRETS: "true" };
    assertNotStarted(await run(env), 78, words);
  });
}
