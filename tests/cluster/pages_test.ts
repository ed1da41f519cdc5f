/** The commands of the pages for a running cluster: MONITORING, STATUS, TROUBLESHOOTING and SEALED. */
import assert from "node:assert/strict";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { freePort } from "../../tools/free_port.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { eventually } from "../support/eventually.ts";
import { DeployedAgent } from "./support/agent.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";
import { openShell } from "./support/shell.ts";
import { testWithVault } from "./support/test_in_cluster.ts";

/** What STATUS.md creates for the pod that asks. */
const RIGHTS = [
  "clusterrole/cloudtaser-status",
  "clusterrolebinding/auditor-status",
  "serviceaccount/auditor",
];

/** A copy of the kubeconfig whose context has the namespace of the pods. */
async function kubeconfigIn(
  folder: TemporaryFolder,
  cluster: Cluster,
): Promise<string> {
  const kubeconfig = `${folder.path}/kubeconfig`;
  await Deno.copyFile(cluster.kubeconfig, kubeconfig);
  const words = ["config", "set-context", "--current"];
  const where = [`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`];
  await cluster.kubectl(...words, ...where);
  return kubeconfig;
}

testWithVault(
  "pages: MONITORING and STATUS show agent, score and attack",
  async ({ cluster, vault, test }) => {
    await using agent = await DeployedAgent.start(cluster);
    const options = { agent: true, ownAccount: true };
    await using pod = await RunningPod.ready(vault, "paged", options);
    await using folder = await TemporaryFolder.make("pages");
    const kubeconfig = await kubeconfigIn(folder, cluster);
    const { path: cwd } = folder;
    await using shell = await openShell(cluster, { cwd, kubeconfig });
    const score = agent.enforces ? 75 : 65;

    await test.step("MONITORING: first", async () => {
      const values = { NS: NAMESPACE, POD: pod.name };
      const said = await shell.run(
        "docs/MONITORING.md",
        "cloudtaser-wrapper status -A",
        { values },
      );
      assert.match(said, new RegExp(`^Protection Score: ${score}/75$`, "m"));
      assert.match(said, /^ +(Normal|Warning) +Protection(Active|Degraded) /m);
      assert.match(said, /^cloudtaser-agent-\w+ +1\/1 +Running /m);
    });

    await test.step("MONITORING: no agent", async () => {
      const values = { NODE: cluster.node, NAMESPACE, POD: pod.name };
      const said = await shell.run(
        "docs/MONITORING.md",
        "kubectl -n cloudtaser-system get pods -o wide --field-selector",
        { values },
      );
      assert.match(said, /^cloudtaser-agent-\w+ +1\/1 +Running /m);
      assert.match(said, /^Pods Status: +1 Running /m);
      assert.match(said, /ebpf_connected: OK \(\+10\)$/m);
    });

    await test.step("MONITORING: an attack", async () => {
      await agent.attack();
      const told = / audit=attack vector=proc_environ .* attacker_comm=head /;
      await eventually(() => agent.log(), (log) => told.test(log));
      const said = await shell.run(
        "docs/MONITORING.md",
        "kubectl -n cloudtaser-system logs -l",
      );
      assert.match(said, /^\[pod\/cloudtaser-agent-\S+ .* audit=attack /m);
    });

    await test.step("STATUS", async () => {
      const watch = "cloudtaser-wrapper status -A --watch";
      const said = await shell.run(
        "docs/STATUS.md",
        "cloudtaser-wrapper status   ",
        {
          values: {
            "my-app-7d8f9c6b4-xk2mn": pod.name,
            // It has no end of its own.
            [watch]: `timeout 8 ${watch}`,
          },
          codes: { [watch]: 124 },
        },
      );
      // Once for each command, and at least twice for the last.
      const line = new RegExp(`^Protection Score: ${score}/75$`, "gm");
      assert.ok((said.match(line)?.length ?? 0) >= 5, said);
      assert.match(said, /^Pod: paged$/m);
      const report = await Deno.readTextFile(`${cwd}/report.html`);
      assert.match(report, /<td>[^]*paged/);
    });

    await test.step("STATUS: from a pod", async () => {
      await using admin = await openShell(cluster);
      const values = { "cloudtaser-wrapper:0.1.0": "cloudtaser-wrapper:1" };
      const said = await admin.run("docs/STATUS.md", "kubectl apply -f", {
        values,
      });
      await cluster.kubectl("--namespace=default", "delete", ...RIGHTS);
      assert.match(said, new RegExp(`^Protection Score: ${score}/75`, "m"));
    });

    await test.step("MONITORING: the agent is deleted, the next one adopts", async () => {
      const AGENT_POD = await agent.pod();
      const values = { AGENT_POD };
      const said = await shell.run(
        "docs/MONITORING.md",
        "kubectl -n cloudtaser-system logs AGENT_POD",
        { values },
      );
      assert.match(said, /Enforcement: \d+ vectors active/);
      await agent.isReady();
      assert.notEqual(await agent.pod(), AGENT_POD);
    });
  },
);

testWithVault(
  "pages: TROUBLESHOOTING shows why a container ended",
  async ({ cluster, vault }) => {
    const options = { shell: true };
    await using pod = await RunningPod.ready(vault, "ended", options);
    await pod.exec("/bin/busybox", "kill", "1");
    const restarts = ".status.containerStatuses[0].restartCount";
    await eventually(() => pod.field(restarts), (n) => n === "1", 60_000);
    await pod.reaches("condition=Ready");
    await using shell = await openShell(cluster);
    const values = { NS: NAMESPACE, POD: pod.name };
    const said = await shell.run(
      "docs/TROUBLESHOOTING.md",
      "kubectl -n NS describe pod POD",
      { values },
    );
    assert.match(said, /^ +Last State: +Terminated$[^]*^ +Exit Code: +\d+$/m);
    assert.match(said, /\] The application exited with code \d+$/m);
    assert.match(said, /^Protection Score: 55\/75$/m);
  },
);

testWithVault(
  "pages: SEALED brings the token by port-forward",
  async ({ cluster, vault }) => {
    await using pod = await RunningPod.create(vault, "sealed-by-page", {
      env: { VAULT_AUTH_METHOD: "token", CLOUDTASER_SEALED: "loopback" },
    });
    await eventually(
      () => pod.log(),
      (log) => /Sealed: waiting for a token/.test(log),
      30_000,
    );
    await using folder = await TemporaryFolder.make("pages");
    await using shell = await openShell(cluster, {
      vault: vault.server,
      kubeconfig: await kubeconfigIn(folder, cluster),
    });
    const port = freePort();
    const values = {
      "pod/app 8199": `pod/${pod.name} ${port}:8199`,
      "localhost:8199": `localhost:${port}`,
    };
    const said = await shell.run("docs/SEALED.md", "kubectl port-forward", {
      values,
    });
    assert.match(said, /"sealed": ?false/);
    await pod.reaches("condition=Ready");
  },
);
