/**
 * docs/KUBERNETES.md, command by command, in a cluster of its own: it
 * has only the images, which replace a registry, and a Vault before.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { Cluster } from "../../tools/cluster/cluster.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import { makeRoot } from "../../tools/roots.ts";
import { WRAPPER } from "../support/wrapper.ts";
import { enforcesHere } from "./support/agent.ts";
import { FULL, WITH_AGENT } from "./support/score_lines.ts";
import { openShell } from "./support/shell.ts";

const PAGE = "docs/KUBERNETES.md";
const BUSYBOX = "docker.io/library/busybox:1.37";
const APPLETS = ["cat", "env", "pidof", "sh", "sleep"];

testAsRoot("guide: the commands of docs/KUBERNETES.md work", async (test) => {
  await using cluster = await Cluster.start();
  await using vault = await OpenBao.start();
  const port = Number(new URL(vault.address).port);
  await using _exposed = await cluster.expose(port);
  await loadImages(cluster);
  await using shell = await openShell(cluster, { vault });

  await test.step("its addresses", async () => {
    const values = {
      "registry.example.com/you": "localhost",
      "$VAULT_ADDR": `https://${cluster.nodeAddress}:${port}`,
    };
    await shell.run(PAGE, "export REGISTRY=", { values });
  });

  await test.step("the agent, the policies", async () => {
    const agent = await shell.run(PAGE, 'sed "s#registry.example.com/#');
    assert.match(agent, /Enforcement: \d+ vectors active/);
    await shell.run(PAGE, "kubectl apply -f deploy/manifests/policy");
  });

  await test.step("Vault, the namespace", async () => {
    await shell.run(PAGE, "kubectl apply -f deploy/examples/vault");
    await shell.run(PAGE, "bao secrets enable");
    await shell.run(PAGE, "kubectl create namespace");
  });

  await test.step("the unchanged application has score and secret", async () => {
    const said = await shell.run(PAGE, "kubectl apply -f deploy/examples/unch");
    assert.match(said, enforcesHere() ? FULL : WITH_AGENT);
    assert.match(said, /^a password of 21$/m);
  });

  await test.step("kubectl exec sees no secret, and is reported; debug is refused", async () => {
    const looks = await shell.run(PAGE, "POD=$(kubectl");
    assert.match(looks, /^DB_PASSWORD=vault:secret/m);
    assert.doesNotMatch(looks, /correct-horse-battery/);
    assert.match(looks, / vector=proc_environ .* attacker_comm=cat /);
    assert.match(looks, /^Pod: payments-/m);
    assert.match(looks, /container \S+ is not started by cloudtaser-wrapper/);
  });

  await test.step("a role for status, and everything is removed", async () => {
    await shell.run(PAGE, "kubectl apply -f deploy/manifests/status.yaml");
    await shell.run(PAGE, "kubectl label namespace production cloudtaser.io");
    const kinds = "ns,pv,pvc,cm,sa,deploy,roles,rolebindings";
    const ofCluster = "clusterroles,clusterrolebindings";
    const left = await cluster.kubectl(
      ...["get", `${kinds},${ofCluster}`],
      ...["--namespace=production", "--output=name"],
    );
    assert.match(left, /^namespace\/production$/m);
    // The anchor stays: docs/POLICY.md says why.
    assert.doesNotMatch(
      left,
      /cloudtaser(?!.*anchor)|payments|vault|\/status$/m,
    );
  });
});

async function loadImages(cluster: Cluster): Promise<void> {
  await using wrapper = await makeRoot("empty", {
    files: { "/cloudtaser-wrapper": WRAPPER },
  });
  await using busybox = await makeRoot("empty", {
    packages: ["busybox-static"],
    files: Object.fromEntries(
      APPLETS.map((name) => [`/bin/${name}`, "/bin/busybox"]),
    ),
  });
  await cluster.loadImages({
    name: "localhost/cloudtaser-wrapper:0.1.0",
    layers: [wrapper.path],
    entrypoint: ["/cloudtaser-wrapper"],
  }, { name: BUSYBOX, layers: [busybox.path], command: ["sh"] });
}
