/** The chart's values: each is described and in the schema, and earlier ones still work. */
import assert from "node:assert/strict";
import { load } from "js-yaml";
import { listLeaves, readChartValues } from "../../tools/chart_values.ts";
import { CHART } from "../../tools/cluster/manifests.ts";
import { makePreviousChart, render } from "./support/chart.ts";

/** Deprecated settings, and those that replace them. */
const RENAMED: readonly (readonly [string, string])[] = [
  ["agent.lock=on", "lock.enabled=true"],
  ["agent.lock=true", "lock.enabled=true"],
  ["agent.lockAllow={cilium-agent}", "lock.allow={cilium-agent}"],
  ["image.pullSecrets[0].name=r", "imagePullSecrets[0].name=r"],
];

const DEPRECATED = ["agent.lock", "agent.lockAllow", "image.pullSecrets"];

function read(file: string): string {
  return Deno.readTextFileSync(`${CHART}/${file}`);
}

const described = readChartValues(read("values.yaml")).map(({ key }) => key);

Deno.test("chart: every value has a description, and one that exists", () => {
  const leaves = listLeaves(load(read("values.yaml")), new Set(described));
  assert.deepEqual(described, leaves);
});

Deno.test("chart: the schema has every value, and besides them the deprecated ones", () => {
  const known = listProperties(JSON.parse(read("values.schema.json")));
  const wanted = [...described, ...DEPRECATED, "global"];
  assert.deepEqual(known.sort(), wanted.sort());
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Dotted paths, down to the values that are described. */
function listProperties(schema: Schema, path: string[] = []): string[] {
  const key = path.join(".");
  if (!schema.properties || described.includes(key)) return [key];
  return Object.entries(schema.properties).flatMap(([name, inner]) =>
    listProperties(inner, [...path, name])
  );
}

Deno.test("chart: with all values of the previous chart it renders the same (--reuse-values)", async () => {
  await using previous = await makePreviousChart();
  const settings = ["namespaces={production}"];
  assert.equal(
    await render(previous.path, settings),
    await render(CHART, settings),
  );
});

for (const [before, now] of RENAMED) {
  Deno.test(`chart: ${before} still means ${now}`, async () => {
    const rendered = await render(CHART, [now]);
    assert.notEqual(rendered, await render(CHART));
    assert.equal(await render(CHART, [before]), rendered);
  });
}

/** A setting, and what it adds to the objects. */
const EFFECTS: readonly (readonly [string, RegExp])[] = [
  [
    "fullnameOverride=taser",
    /^kind: DaemonSet\nmetadata:\n +name: taser-agent$/m,
  ],
  ["lock.enabled=true", /AGENT_LOCK\n +value: "on"\n[^]*- SYS_ADMIN/],
  ["lock.allow={a,b}", /AGENT_LOCK_ALLOW\n +value: "a,b"$/m],
  [
    "agent.port=9000",
    /- { port: 9000, [^]*io\/port: "9000"[^]*LISTEN\n +value: ":9000"[^]*containerPort: 9000 }/,
  ],
  [
    "agent.extraEnv[0].name=A,agent.extraEnv[0].value=b",
    /- name: A\n +value: b$/m,
  ],
  [
    "agent.affinity.nodeAffinity.a=b",
    /^ +affinity:\n +nodeAffinity:\n +a: b$/m,
  ],
  ["imagePullSecrets[0].name=r", /^ +imagePullSecrets:\n +- name: r$/m],
  [
    "serviceAccount.name=own",
    /ServiceAccount\nmetadata:\n +name: own\n[^]*serviceAccountName: own$/m,
  ],
  ["serviceAccount.annotations.a=b", /^ +annotations:\n +a: b\nautomount/m],
  [
    "serviceAccount.create=false",
    /^(?![^]*kind: ServiceAccount\n)[^]*serviceAccountName: default\n/,
  ],
];

for (const [setting, effect] of EFFECTS) {
  Deno.test(`chart: ${setting} has its effect`, async () => {
    assert.match(await render(CHART, [setting]), effect);
    assert.doesNotMatch(await render(CHART), effect);
  });
}

Deno.test("chart: the icon is a file of this repository", () => {
  const [, file = ""] = /^icon: \S+\/deploy\/chart\/(\S+)$/m
    .exec(read("Chart.yaml")) ?? [];
  assert.match(read(file), /^<svg /);
});
