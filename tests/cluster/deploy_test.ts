/** deploy/ in the real cluster: manifests and examples run when applied as documented. */
import assert from "node:assert/strict";
import { testInCluster, testWithVault } from "./support/test_in_cluster.ts";
import { applied, appliedManifests, readManifest } from "./support/deployed.ts";
import { type Example, readExample } from "./support/examples.ts";
import { NAMESPACE } from "./support/production.ts";
import { WITHOUT_AGENT } from "./support/score_lines.ts";
import { openShell } from "./support/shell.ts";

const WHERE = `--namespace=${NAMESPACE}`;

testWithVault(
  "deploy: both examples run under restricted, with the agent's claim",
  async ({ cluster, vault, test }) => {
    await using _namespace = await appliedManifests(cluster, "production.yaml");
    // As in the headers of the examples.
    const ca = `--from-file=ca.pem=${vault.server.caFile}`;
    await cluster.kubectl("create", "configmap", "vault-ca", ca, WHERE);
    const bound = "jsonpath={.status.phase}=Bound";
    await cluster.waitFor("pvc/cloudtaser-agent", bound, {
      namespace: NAMESPACE,
    });
    for (const example of ["copy-from", "init-container"] satisfies Example[]) {
      await test.step(example, async () => {
        const text = readExample(example, vault);
        await using _example = await applied(cluster, text);
        const words = ["rollout", "status", "deployment/payments", WHERE];
        await cluster.kubectl(...words, "--timeout=60s");
        const log = await cluster.kubectl("logs", "deployment/payments", WHERE);
        assert.match(log, WITHOUT_AGENT);
        assert.match(log, /^ready \d+$/m);
      });
    }
  },
);

testInCluster(
  "deploy: a claim that was deleted and made again is bound again, by docs/MONITORING.md's words",
  async ({ cluster }) => {
    const text = await readManifest("production.yaml");
    await using _ = await applied(cluster, text);
    const bound = async () => {
      const claim = "pvc/cloudtaser-agent";
      const phase = "jsonpath={.status.phase}=Bound";
      await cluster.waitFor(claim, phase, { namespace: NAMESPACE });
      return await cluster.kubectl(
        ...["get", claim, WHERE, "--output=jsonpath={.metadata.uid}"],
      );
    };
    const first = await bound();
    await cluster.kubectl("delete", "pvc/cloudtaser-agent", WHERE, "--wait");
    await cluster.apply(text);
    await using shell = await openShell(cluster);
    const values = { NAMESPACE };
    await shell.run("docs/MONITORING.md", "kubectl patch pv", { values });
    assert.notEqual(await bound(), first);
  },
);

testInCluster(
  "deploy: a pod's service account may write events, and nothing else",
  async ({ cluster }) => {
    await using _ = await appliedManifests(cluster, "production.yaml");
    const may = async (...words: string[]) => {
      const who = [
        `--as=system:serviceaccount:${NAMESPACE}:payments`,
        "--as-group=system:serviceaccounts",
        `--as-group=system:serviceaccounts:${NAMESPACE}`,
      ];
      const all = ["auth", "can-i", ...words, WHERE, ...who];
      return (await cluster.tryKubectl(all)).stdout.trim();
    };
    assert.equal(await may("create", "events"), "yes");
    for (
      const words of [
        ["list", "events"],
        ["patch", "events"],
        ["get", "secrets"],
        ["get", "pods"],
        ["create", "pods", "--subresource=exec"],
      ]
    ) {
      assert.equal(await may(...words), "no", words.join(" "));
    }
  },
);
