/** The chart and the real API server: it accepts every object, and Helm installs and upgrades it. */
import assert from "node:assert/strict";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { CHART } from "../../tools/cluster/manifests.ts";
import { makePreviousChart, render } from "./support/chart.ts";
import { SYSTEM } from "./support/deployed.ts";
import { helmUninstall, helmUpgrade, installValues } from "./support/helm.ts";
import { openShell } from "./support/shell.ts";
import { testInCluster } from "./support/test_in_cluster.ts";

const AGENT = ["daemonset/cloudtaser-agent", `--namespace=${SYSTEM}`];

/** All that needs no definitions of the Prometheus Operator. */
const SETTINGS: readonly string[] = [
  "namespaces={default}",
  "lock.enabled=true,lock.allow={cilium-agent},waitForAgent=true",
  "fullnameOverride=taser,agent.port=9000,imagePullSecrets[0].name=registry",
  "serviceAccount.annotations.owner=team,agent.podAnnotations.a=b,agent.podLabels.a=b",
  "serviceAccount.create=false,agent.nodeSelector.disk=fast",
  "agent.extraEnv[0].name=CLOUDTASER_AGENT_PINS,agent.extraEnv[0].value=none",
  "agent.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution" +
  ".nodeSelectorTerms[0].matchExpressions[0].key=gpu,agent.affinity.nodeAffinity" +
  ".requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]" +
  ".matchExpressions[0].operator=DoesNotExist",
  "networkPolicy.from[0].namespaceSelector.matchLabels.team=observability",
  "monitoring.dashboard=true,statusRole=false",
  "policy.enabled=true,policy.namespaces.default.vaultAddr=https://vault:8200",
];

testInCluster(
  "helm: the API server accepts what the chart renders, with every kind of setting",
  async ({ cluster }) => {
    const words = ["apply", "--dry-run=server", "--validate=strict"];
    for (const settings of SETTINGS) {
      const text = await render(CHART, [settings]);
      const { code, stderr } = await cluster.tryKubectl(
        [...words, "--filename=-"],
        text,
      );
      // A warning says what the server ignores or expects to be a mistake. The
      // anchor of another test's release is not one.
      const warnings = stderr.split("\n")
        .filter((line) => !/\/cloudtaser-anchor is missing the /.test(line));
      assert.deepEqual([code, warnings], [0, [""]], settings);
    }
  },
);

testInCluster(
  "helm: the chart is installed with the command of its README, and runs",
  async ({ cluster }) => {
    const notes = await install(cluster, CHART);
    try {
      assert.match(notes, /STATUS: deployed/);
      assert.doesNotMatch(notes, /Deprecated/);
      await cluster.kubectl("rollout", "status", ...AGENT, "--timeout=60s");
      const log = await cluster.kubectl("logs", ...AGENT);
      assert.match(log, /Enforcement: \d+ vectors active/);
    } finally {
      await helmUninstall(cluster);
    }
    const all = "daemonsets,clusterroles,persistentvolumes";
    const label = "--selector=app.kubernetes.io/instance=cloudtaser";
    const words = ["get", all, "-A", label, "--output=name"];
    assert.equal(await cluster.kubectl(...words), "");
  },
);

testInCluster(
  "helm: an upgrade with --reuse-values from the previous values runs, and names what is deprecated",
  async ({ cluster }) => {
    await using previous = await makePreviousChart();
    const secret = "image.pullSecrets[0].name=registry";
    await install(cluster, previous.path, ["--set", secret]);
    try {
      const port = ["--set", "agent.port=9000"];
      const notes = await helmUpgrade(cluster, port);
      assert.match(notes, /^Deprecated: image\.pullSecrets\./m);
      await cluster.kubectl("rollout", "status", ...AGENT, "--timeout=60s");
      const path = "jsonpath={.spec.template.spec.imagePullSecrets[*].name} " +
        "{.spec.template.spec.containers[0].ports[0].containerPort}";
      const got = await cluster.kubectl("get", ...AGENT, `--output=${path}`);
      assert.equal(got, "registry 9000");
    } finally {
      await helmUninstall(cluster);
    }
  },
);

/** @returns Helm's notes */
async function install(
  cluster: Cluster,
  chart: string,
  more: readonly string[] = [],
): Promise<string> {
  await using shell = await openShell(cluster);
  const values = installValues(chart, more);
  return await shell.run("deploy/chart/README.md", "helm install", { values });
}
