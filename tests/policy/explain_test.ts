/** `policy explain`: manifests as people write them, hostile ones, and several namespaces. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { run } from "./support/command.ts";

const map = (namespace = "", more = "mode: deny") =>
  `kind: ConfigMap
metadata: { name: cloudtaser${namespace && `, namespace: ${namespace}`} }
data: { image: "r/w:1", vaultAddr: "https://vault:8200", ${more} }
`;
const APP = '{ name: web, image: "app:1", command: [/app] }';
const BARE = '{ name: web, image: "app:1" }';
const spec = (container: string, more = "") =>
  `spec: { ${more} containers: [${container}] }`;
const pod = (container: string, more = "", metadata = "name: a") =>
  `kind: Pod\nmetadata: { ${metadata} }\n${spec(container, more)}\n`;
const explain = (...documents: string[]) =>
  run(["explain"], { "-": documents.join("\n---\n") });

for (
  const [kind, text] of [
    ["Pod", `kind: Pod\n${spec(APP)}`],
    ["Job", `kind: Job\nspec: { template: { ${spec(APP)} } }`],
    [
      "CronJob",
      `kind: CronJob\nspec: { jobTemplate: { spec: { template: { ${
        spec(APP)
      } } } } }`,
    ],
  ] as const
) {
  Deno.test(`policy explain: a ${kind} whose pods have no metadata`, async () => {
    const { code, out, err } = await explain(map(), text);
    deepEqual([code, err], [0, ""]);
    match(out, new RegExp(`^${kind} without name: accepted\n`));
    match(out, /\n {4}\+ +- \/cloudtaser\/cloudtaser-wrapper\n/);
  });
}

Deno.test("policy explain: an invalid object does not hide the others", async () => {
  const wrong =
    "kind: Job\nmetadata: { name: wrong }\nspec: { template: { spec: { containers: [] } } }";
  const { code, out, err } = await explain(map(), wrong, pod(BARE));
  equal(code, 78);
  match(out, /^Pod a: refused\n/);
  equal(
    err,
    "cloudtaser-wrapper: Job wrong: spec.containers is not valid: use a list that is not empty\n" +
      "cloudtaser-wrapper: 1 of 2 would be refused\n",
  );
  const json = await run(["explain", "-o", "json"], {
    "-": [map(), wrong, pod(APP)].join("\n---\n"),
  });
  deepEqual(JSON.parse(json.out)[0], {
    title: "Job wrong",
    error: "spec.containers is not valid: use a list that is not empty",
  });
});

const SECRET = "HUNTER2";
const SECRETS = `{ name: web, image: "app:1",
  command: [/app, --password=${SECRET}], args: [--token, ${SECRET}],
  env: [{ name: A, value: ${SECRET} },
    { name: C, value: "postgres://app:${SECRET}@\${vault:secret/data/db#host}/x" },
    { name: D, value: ">>vault:secret/data/x#y#{\\"data\\":{\\"p\\":\\"${SECRET}\\"}}" },
    { name: E, value: "-----BEGIN PRIVATE KEY-----\\n${SECRET}\\n${SECRET}\\n" },
    { name: VAULT_ADDR, value: "https://app:${SECRET}@v" },
    { name: F, value: ${SECRET} }, { name: B, value: "vault:secret/data/db#password" }],
  lifecycle: { postStart: { exec: { command: [/hook, ${SECRET}] } } },
  livenessProbe: { httpGet: { port: 80, path: "/?key=${SECRET}", httpHeaders: [{ name: Authorization, value: ${SECRET} }] } } }`;
const METADATA =
  `name: a, labels: { app: shop }, annotations: { token: ${SECRET}, name: ${SECRET} }`;

for (const flags of [[], ["-o", "json"], ["--half=validating"]]) {
  Deno.test(`policy explain ${flags.join(" ")} shows no text that may be a secret`, async () => {
    const volumes =
      `volumes: [{ name: v, csi: { driver: d, volumeAttributes: { password: ${SECRET} } } }],`;
    const { out, err } = await run(["explain", ...flags], {
      "-": `${map()}---\n${pod(SECRETS, volumes, METADATA)}`,
    });
    ok(!(out + err).includes(SECRET), out);
    // What injection adds is there, and what explains the manifest.
    match(out, /cloudtaser-install/);
    match(out, /CLOUDTASER_MIN_PROTECTION_SCORE/);
    match(out, /\/app\b/);
    match(out, /vault:secret\/data\/db#password/);
    match(out, /\*\*\*/);
  });
}

Deno.test("policy explain: a key __proto__ is invalid input", async () => {
  const { code, err } = await explain(
    map(),
    pod(APP, "", "name: a, annotations: { __proto__: x }"),
  );
  equal(code, 78);
  match(err, /has a key __proto__: remove it/);
});

Deno.test("policy explain: each namespace has its ConfigMap", async () => {
  const both = await explain(
    map("shop"),
    map("bank", "mode: audit"),
    pod(BARE, "", "name: a, namespace: shop"),
    pod(BARE, "", "name: b, namespace: bank"),
  );
  equal(both.code, 1);
  match(both.out, /^Pod shop\/a: refused\n[^]*\nPod bank\/b: accepted\n/);

  const none = await explain(
    map("other"),
    pod(APP, "", "name: a, namespace: shop"),
  );
  deepEqual([none.code, none.out], [78, ""]);
  match(none.err, /Pod shop\/a: there is no ConfigMap cloudtaser of namespace/);

  // Who leaves the namespace to kubectl has one ConfigMap.
  equal((await explain(map("shop"), pod(APP))).code, 0);
  equal(
    (await explain(map(), pod(APP, "", "name: a, namespace: shop"))).code,
    0,
  );
  const several = await explain(map("shop"), map("bank"), pod(APP));
  equal(several.code, 78);
  match(several.err, /several ConfigMaps cloudtaser: name the namespace/);
});

for (
  const [key, meant] of [["role", "vaultRole"], ["authMount", "vaultAuthMount"]]
) {
  Deno.test(`policy explain: parameter ${key} means ${meant}`, async () => {
    const { code, err } = await explain(map("", `${key}: x`), pod(APP));
    equal(code, 78);
    match(err, new RegExp(`${key} is unknown; .*did you mean ${meant}\\?`));
  });
}

Deno.test("policy explain --half=validating: a cluster that does not inject", async () => {
  const text = { "-": `${map()}---\n${pod(APP)}` };
  equal((await run(["explain"], text)).code, 0);
  const { code, out } = await run(["explain", "--half=validating"], text);
  equal(code, 1);
  match(out, /^Pod a: refused\n {2}would be refused because:\n {4}- container/);
  match(out, /\n {2}the form that the rules accept:\n/);
  match(out, /\n {4}\+ +- \/cloudtaser\/cloudtaser-wrapper\n/);
});
