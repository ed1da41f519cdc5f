/** The chart's policies in the real cluster: an unchanged Deployment is injected and reaches the agent; upgrade and removal. */
import assert from "node:assert/strict";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { renderPolicies } from "../../src/policy/render/manifests.ts";
import { CHART } from "../../tools/cluster/manifests.ts";
import { tryRun } from "../../tools/run.ts";
import { eventually } from "../support/eventually.ts";
import { WRAPPER } from "../support/wrapper.ts";
import { policiesTakeEffect } from "./support/admission.ts";
import { makePreviousChart } from "./support/chart.ts";
import type { ClusterVault } from "./support/cluster_vault.ts";
import { applied } from "./support/deployed.ts";
import { helmUninstall, helmUpgrade, installValues } from "./support/helm.ts";
import { openShell } from "./support/shell.ts";
import {
  NOT_WRAPPED,
  plainDeployment,
  plainPod,
  tryBarePod,
} from "./support/plain_pods.ts";
import { NAMESPACE } from "./support/production.ts";
import { FULL, WITH_AGENT } from "./support/score_lines.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import { enforcesHere } from "./support/agent.ts";

const PAGE = "deploy/chart/README.md";
const HERE = { "namespace shop": `namespace ${NAMESPACE}` };
const WHERE = `--namespace=${NAMESPACE}`;
const CA = "policy-ca";
/** Parameters of the namespace, as settings of the chart. */
function parameters({ address }: ClusterVault): string[] {
  const values = {
    vaultAddr: address,
    vaultCaConfigMap: CA,
    vaultRole: "app",
    vaultAudience: "vault",
    mode: "deny",
  };
  return ["--set", "policy.enabled=true"].concat(
    Object.entries(values).flatMap(([name, value]) => [
      "--set",
      `policy.namespaces.${NAMESPACE}.${name}=${value}`,
    ]),
  );
}

/** Vault's authority in the namespace, and no label once `await using` ends. */
async function prepared(
  { cluster, server }: ClusterVault,
): Promise<AsyncDisposable> {
  const ca = await applied(
    cluster,
    JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CA, namespace: NAMESPACE },
      data: { "ca.crt": await Deno.readTextFile(server.caFile) },
    }),
  );
  return {
    async [Symbol.asyncDispose]() {
      const label = ["label", "ns", NAMESPACE, "cloudtaser.io/inject-"];
      await cluster.kubectl(...label);
      await ca[Symbol.asyncDispose]();
    },
  };
}

async function policyStatus(cluster: Cluster) {
  const { code, stdout } = await tryRun(WRAPPER, ["status", "--policy"], {
    env: cluster.env,
  });
  return { code, stdout };
}

/** Policies and bindings: those that act, or the anchors, which stay. */
async function countPolicies(
  cluster: Cluster,
  which: "act" | "stay" = "act",
): Promise<number> {
  const kinds = ["mutating", "validating"].flatMap((half) => [
    `${half}admissionpolicies`,
    `${half}admissionpolicybindings`,
  ]);
  const all = ["get", kinds.join(), "--output=name"];
  const names = (await cluster.kubectl(...all)).split("\n");
  return names.filter((name) =>
    name.includes("/cloudtaser-") &&
    name.endsWith("/cloudtaser-anchor") === (which === "stay")
  ).length;
}

testWithVault(
  "helm: with policy.enabled and a label an unchanged Deployment is injected, and a removed chart refuses nothing",
  async ({ cluster, vault, test }) => {
    await using shell = await openShell(cluster);
    await using _prepared = await prepared(vault);
    await using _early = await applied(cluster, plainDeployment("early"));
    const rollout = ["rollout", "status", "deployment/early", WHERE];
    await cluster.kubectl(...rollout, "--timeout=60s");
    try {
      const values = installValues(CHART, parameters(vault));
      const notes = await shell.run(PAGE, "helm install", { values });
      assert.match(notes, /^Policy: injection and rules, /m);
      assert.ok(notes.includes(`label namespace ${NAMESPACE} cloudtaser.io/`));
      await policiesTakeEffect(cluster);

      await test.step("before the label nothing is refused", async () => {
        assert.equal(await tryBarePod(cluster), "accepted");
      });

      await shell.run(
        PAGE,
        "kubectl label namespace shop cloudtaser.io/inject=enabled",
        { values: HERE },
      );
      await eventually(
        () => tryBarePod(cluster),
        (text) => NOT_WRAPPED.test(text),
        30_000,
      );

      await test.step("status --policy: the Deployment from before the label", async () => {
        const { code, stdout } = await policyStatus(cluster);
        assert.equal(code, 1);
        assert.match(
          stdout,
          /^production +deployment\/early +1 +- +notInjected +.*kubectl -n production rollout restart deployment\/early$/m,
        );
      });

      await test.step("it is restarted: injected, with the agent, and nothing is reported", async () => {
        await cluster.kubectl("rollout", "restart", "deployment/early", WHERE);
        await cluster.kubectl(...rollout, "--timeout=120s");
        // kubectl may choose the pod from before the restart, which has no score.
        const words = ["logs", "deployment/early", WHERE, "--container=app"];
        const log = await eventually(
          async () => (await cluster.tryKubectl(words)).stdout,
          (text) => /Protection score[^]*^ready \d+$/m.test(text),
          60_000,
        );
        assert.match(log, enforcesHere() ? FULL : WITH_AGENT);
        const gone = () => policyStatus(cluster);
        await eventually(gone, ({ code }) => code === 0, 90_000);
      });

      await test.step("a pod with a reference has its secret", async () => {
        await using _ = await applied(
          cluster,
          plainPod("once", { args: ["env"], restartPolicy: "Never" }),
        );
        const ended = "jsonpath={.status.phase}=Succeeded";
        await cluster.waitFor("pod/once", ended, { namespace: NAMESPACE });
        assert.match(
          await cluster.kubectl("logs", "pod/once", WHERE, "--container=app"),
          /^DB_PASSWORD=s3cr3t-p4ss$/m,
        );
      });

      await test.step("the removed chart leaves no policy, though the label remains; the pod runs on", async () => {
        const all = renderPolicies("both").match(/^kind: /gm)?.length;
        assert.equal(await countPolicies(cluster), all);
        await helmUninstall(cluster, { wait: false });
        await policiesTakeEffect(cluster);
        assert.equal(await countPolicies(cluster), 0);
        assert.equal(await countPolicies(cluster, "stay"), 4);
        assert.equal(await tryBarePod(cluster), "accepted");
        const ready = "jsonpath={.status.readyReplicas}";
        const words = ["get", "deployment/early", WHERE, `--output=${ready}`];
        assert.equal(await cluster.kubectl(...words), "1");
      });
    } finally {
      await cluster.kubectl(
        "delete",
        "deployment",
        "early",
        WHERE,
        "--cascade=foreground",
      );
      await helmUninstall(cluster);
      const claim = ["delete", "pvc", "cloudtaser-agent", WHERE];
      await cluster.kubectl(...claim, "--ignore-not-found", "--timeout=60s");
    }
  },
);

testWithVault(
  "helm: an upgrade from the previous values switches the policies on, another one off, and a third on with other parameters",
  async ({ cluster, vault }) => {
    await using previous = await makePreviousChart();
    await using shell = await openShell(cluster);
    await using _prepared = await prepared(vault);
    const values = installValues(previous.path);
    await shell.run(PAGE, "helm install", { values });
    try {
      assert.equal(await countPolicies(cluster), 0);
      const label = "cloudtaser.io/inject=enabled";
      await cluster.kubectl("label", "namespace", NAMESPACE, label);
      assert.equal(await tryBarePod(cluster), "accepted");
      await helmUpgrade(cluster, parameters(vault));
      await policiesTakeEffect(cluster);
      // Until the API server has read the ConfigMap it refuses for want of parameters.
      await eventually(
        () => tryBarePod(cluster),
        (text) => NOT_WRAPPED.test(text),
        30_000,
      );
      // Parameters are changed while their own policy is in force.
      const mode = `policy.namespaces.${NAMESPACE}.mode`;
      await helmUpgrade(cluster, ["--set", `${mode}=warn`]);
      await eventually(
        () => tryBarePod(cluster),
        (text) => text === "accepted",
        30_000,
      );
      await helmUpgrade(cluster, [
        "--set",
        `${mode}=deny,policy.enabled=false`,
      ]);
      await policiesTakeEffect(cluster);
      assert.equal(await countPolicies(cluster), 0);
      assert.equal(await tryBarePod(cluster), "accepted");
      // The anchor: without it the API server would still see mode=warn (kubernetes#130887).
      await helmUpgrade(cluster, ["--set", "policy.enabled=true"]);
      await eventually(
        () => tryBarePod(cluster),
        (text) => NOT_WRAPPED.test(text),
        30_000,
      );
      await shell.run(
        PAGE,
        "kubectl label namespace shop cloudtaser.io/inject-",
        { values: HERE },
      );
      await policiesTakeEffect(cluster);
      assert.equal(await countPolicies(cluster), 0);
    } finally {
      await helmUninstall(cluster);
    }
  },
);
