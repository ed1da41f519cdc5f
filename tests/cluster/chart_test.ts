/** The chart, the generated manifests, and the alerts, without a cluster. */
import assert from "node:assert/strict";
import { ensurePromtool } from "../../tools/cluster/debian.ts";
import {
  CHART,
  DASHBOARD,
  MANIFESTS,
  renderManifests,
} from "../../tools/cluster/manifests.ts";
import { buildHelm } from "../../tools/cluster/programs.ts";
import { run, tryRun } from "../../tools/run.ts";
import { render } from "./support/chart.ts";

/** Common combinations of settings. */
const SETTINGS: readonly string[] = [
  "agent.mode=detect",
  "namespaces={production,staging}",
  "lock.enabled=true,lock.allow={cilium-agent,tetragon},agent.exec=allow",
  "monitoring.operator=true,monitoring.labels.release=prometheus",
  "monitoring.dashboard=true,statusRole=false",
  "waitForAgent=true,namespaces={production}",
  "image.tag=@sha256:abc,imagePullSecrets[0].name=registry",
  "fullnameOverride=taser,agent.port=9000,serviceAccount.create=false",
  "agent.extraEnv[0].name=CLOUDTASER_AGENT_PINS,agent.extraEnv[0].value=none",
  "networkPolicy.from[0].namespaceSelector.matchLabels.team=observability",
  "networkPolicy.enabled=false,monitoring.annotations=false",
  "policy.enabled=true",
  "policy.enabled=true,policy.namespaces.shop.vaultAddr=https://vault:8200",
];

const VAULT = "policy.namespaces.shop.vaultAddr=https://vault:8200";

Deno.test("chart: helm lint passes with all settings", async () => {
  const helm = await buildHelm();
  const lint = ["lint", "--strict", "--quiet", CHART];
  await run(helm, lint);
  for (const settings of ["createNamespace=true", ...SETTINGS]) {
    const words = ["--set", `image.repository=localhost/x,${settings}`];
    await run(helm, [...lint, ...words]);
  }
});

Deno.test("chart: invalid settings are refused by name", async () => {
  const helm = await buildHelm();
  for (
    const [settings, said] of [
      ["agent.mode=maybe", /agent\/mode/],
      ["agent.backends={magic}", /agent\/backends/],
      ["namespaces={Not_A_Name}", /namespaces/],
      ["lock.enabeld=true", /enabeld/],
      ["lock.enabled=on", /lock\/enabled.*want boolean/],
      ["lock=true", /lock.*want object/],
      ["agent.port=80", /agent\/port/],
      ["agent.podLabels.level=3", /podLabels\/level.*want string/],
      ["fullnameOverride=Taser", /fullnameOverride/],
      ["policy.enabled=1", /policy\/enabled.*want boolean/],
      [
        "policy.namespaces.shop.mode=warn",
        /shop.*missing property 'vaultAddr'/,
      ],
      [`${VAULT},policy.namespaces.shop.mode=no`, /namespaces\/shop\/mode/],
      [`${VAULT},policy.namespaces.shop.mood=warn`, /'mood' not allowed/],
      [`${VAULT},policy.namespaces.shop.minimumScore=76`, /got 76, want 75/],
      ["policy.namespaces.Shop.vaultAddr=https://a", /'Shop' not allowed/],
      ["image.tag=x", /Set image\.repository \(--set image\.repository=/],
    ] as const
  ) {
    const words = ["template", CHART, "--set", settings];
    const { code, stderr } = await tryRun(helm, words);
    assert.notEqual(code, 0, settings);
    assert.match(stderr, said);
  }
});

Deno.test("chart: the agent has three capabilities, no token and no privilege", async () => {
  const text = await Deno.readTextFile(`${MANIFESTS}/agent.yaml`);
  assert.match(
    text,
    /add:\n +- BPF\b.*\n +- PERFMON\b.*\n +- SYS_PTRACE\b.*\n +#/,
  );
  assert.match(text, /privileged: false/);
  assert.match(text, /automountServiceAccountToken: false/);
  assert.doesNotMatch(text, /hostNetwork: true|hostIPC: true|ClusterRole/);
});

Deno.test("chart: only the init container that mounts is privileged; pods get its mount", async () => {
  const agent = await Deno.readTextFile(`${MANIFESTS}/agent.yaml`);
  const [, init = "", rest = ""] = agent.split(/^ +(?:initC|c)ontainers:$/m);
  assert.match(init, /args: \[agent, --export\][^]*privileged: true/);
  assert.doesNotMatch(rest, /privileged: true|Bidirectional/);
  for (
    const [waits, type] of [["false", "DirectoryOrCreate"], [
      "true",
      "Directory",
    ]]
  ) {
    const text = await render(CHART, [
      `namespaces={production},waitForAgent=${waits}`,
    ]);
    const claim = `hostPath: { path: /run/cloudtaser/export, type: ${type} }`;
    assert.ok(text.includes(claim), claim);
  }
});

Deno.test("manifests: deploy/manifests is what the chart renders (tools/cluster.ts manifests)", async () => {
  for (const [file, text] of await renderManifests()) {
    const there = await Deno.readTextFile(`${MANIFESTS}/${file}`);
    assert.equal(there, text, file);
  }
});

Deno.test("dashboard: the chart puts the file into its ConfigMap", async () => {
  const there = await Deno.readTextFile(DASHBOARD);
  const only = "--show-only=templates/dashboard.yaml";
  const text = await render(CHART, ["monitoring.dashboard=true"], [only]);
  const [, body = ""] = text.split("cloudtaser.json: |\n");
  assert.deepEqual(JSON.parse(body), JSON.parse(there));
});

Deno.test("alerts: promtool checks and tests them", async () => {
  const promtool = await ensurePromtool();
  const cwd = `${CHART}/files`;
  await run(promtool, ["check", "rules", "alerts.yaml"], { cwd });
  await run(promtool, ["test", "rules", "alerts_test.yaml"], { cwd });
});
