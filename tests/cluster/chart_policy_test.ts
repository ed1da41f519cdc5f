/** The chart's half of injection and policy, without a cluster: by the version of Kubernetes, and by namespace. */
import assert from "node:assert/strict";
import { loadAll } from "js-yaml";
import {
  renderAnchor,
  renderPolicies,
} from "../../src/policy/render/manifests.ts";
import { PARAMETERS } from "../../src/policy/parameters.ts";
import { CHART } from "../../tools/cluster/manifests.ts";
import { parametersSchema } from "../../tools/policy_docs.ts";
import { render, renderNotes } from "./support/chart.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
}

const VAULT = "policy.namespaces.shop.vaultAddr=https://vault:8200";
const ENABLED = "policy.enabled=true";

async function objects(
  settings: readonly string[],
  version = "1.36.0",
): Promise<Manifest[]> {
  const text = await render(CHART, settings, [`--kube-version=${version}`]);
  return (loadAll(text) as (Manifest | null)[]).filter((one) => one !== null);
}

const policiesOf = (all: readonly Manifest[]) =>
  all.filter(({ kind }) => kind.includes("AdmissionPolicy"));

/** Versions, and what they get; vendors append to theirs. */
const HALVES = [
  [
    "1.30.0",
    "validating",
    /^ +Policy: rules only, because Kubernetes v1\.30\.0 /m,
  ],
  [
    "1.35.9",
    "validating",
    /^ +Policy: rules only, because Kubernetes v1\.35\.9 /m,
  ],
  [
    "1.36.0",
    "both",
    /^ +Policy: injection and rules, because Kubernetes v1\.36\.0 /m,
  ],
  ["1.36.1-gke.100", "both", /^ +Policy: injection and rules, /m],
  ["1.40.0", "both", /^ +Policy: injection and rules, /m],
] as const;

for (const [version, half, said] of HALVES) {
  Deno.test(`chart: Kubernetes ${version} gets the policies "${half}", unchanged, and the notes say why`, async () => {
    const policies = policiesOf(await objects([ENABLED], version));
    const wanted = [renderAnchor(half), renderPolicies(half)]
      .flatMap((text) => loadAll(text) as Manifest[]);
    const byName = (a: Manifest, b: Manifest) =>
      `${a.kind} ${a.metadata.name}`.localeCompare(
        `${b.kind} ${b.metadata.name}`,
      );
    assert.deepEqual(policies.sort(byName), wanted.sort(byName));
    assert.match(await renderNotes(version, [ENABLED]), said);
  });
}

Deno.test("chart: before Kubernetes 1.30 policy.enabled is refused, with the remedy", async () => {
  await assert.rejects(
    objects([ENABLED], "1.29.7"),
    /policy\.enabled needs Kubernetes 1\.30, .* this is v1\.29\.7: set policy\.enabled=false/,
  );
  assert.deepEqual(policiesOf(await objects([], "1.29.7")), []);
});

Deno.test("chart: policies are off by default, also with parameters of namespaces", async () => {
  assert.deepEqual(policiesOf(await objects([])), []);
  assert.deepEqual(policiesOf(await objects([VAULT])), []);
  const notes = await renderNotes("1.36.0", [VAULT]);
  assert.doesNotMatch(notes, /Policy:|inject=enabled/);
});

Deno.test("chart: a namespace with parameters gets its ConfigMap, claim and permission; one in both lists gets them once", async () => {
  const all = await objects([
    VAULT,
    "policy.namespaces.shop.minimumScore=60",
    "policy.namespaces.shop.statusPort=20000",
    "policy.namespaces.shop.vaultRole=",
    "policy.namespaces.own.image=registry.test/w:2",
    "policy.namespaces.own.vaultAddr=https://vault:8200",
    "namespaces={shop,production}",
  ]);
  const where = (kind: string) =>
    all.filter((one) => one.kind === kind).map((one) => one.metadata.namespace)
      .filter((name) => name !== undefined).sort();
  const three = ["own", "production", "shop"];
  assert.deepEqual(where("PersistentVolumeClaim"), three);
  assert.deepEqual(where("RoleBinding"), three);
  const maps = all.filter(({ kind }) => kind === "ConfigMap");
  assert.deepEqual(
    Object.fromEntries(
      maps.map(({ metadata, data }) => [metadata.namespace, data]),
    ),
    {
      own: { image: "registry.test/w:2", vaultAddr: "https://vault:8200" },
      shop: {
        image: "localhost/cloudtaser-wrapper:0.1.0",
        vaultAddr: "https://vault:8200",
        minimumScore: "60",
        statusPort: "20000",
      },
    },
  );
  assert.ok(maps.every(({ metadata }) => metadata.name === "cloudtaser"));
});

Deno.test("chart: the notes have the command for each namespace", async () => {
  const notes = await renderNotes("1.36.0", [ENABLED, VAULT]);
  assert.match(
    notes,
    /^ +kubectl label namespace shop cloudtaser\.io\/inject=enabled$/m,
  );
  assert.match(notes, /Pods in shop reach it by the claim cloudtaser-agent/);
  const first = notes.indexOf("status --policy -n shop");
  assert.ok(first > 0 && first < notes.indexOf("kubectl label namespace"));
  const none = await renderNotes("1.36.0", [ENABLED]);
  assert.match(none, /set policy\.namespaces, /);
  assert.doesNotMatch(none, /set namespaces to/);
});

Deno.test("chart: the schema has the parameters of src/policy (else: deno task docs)", async () => {
  const schema = JSON.parse(
    await Deno.readTextFile(`${CHART}/values.schema.json`),
  );
  const wanted = JSON.parse(JSON.stringify(parametersSchema()));
  assert.deepEqual(schema.definitions.parameters, wanted);
  const names = PARAMETERS.map(({ name }) => name);
  assert.deepEqual(Object.keys(wanted.properties), names);
});

Deno.test("chart: numbers of parameters are refused exactly where their texts are", () => {
  for (const { name, pattern } of PARAMETERS) {
    const { anyOf } =
      (parametersSchema().properties as Record<string, Range>)[name]!;
    if (!anyOf) continue;
    const { minimum, maximum } = anyOf[1]!;
    const isText = (number: number) =>
      new RegExp(`^(?:${pattern})$`).test(String(number));
    assert.deepEqual(
      [minimum - 1, minimum, maximum, maximum + 1].map(isText),
      [false, true, true, false],
      name,
    );
  }
});

interface Range {
  readonly anyOf?: readonly {
    readonly minimum: number;
    readonly maximum: number;
  }[];
}
