/** The agent's directory in pods: a pod with uid 0 that mounts it for writing cannot change it. */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { DeployedAgent } from "./support/agent.ts";
import {
  applied,
  appliedManifests,
  readManifest,
  SYSTEM,
} from "./support/deployed.ts";
import { SHELL_IMAGE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";

/** Where pods may run as root. */
const CARELESS = "careless";
/** The kernel's error, when it is not EROFS. */
const MOUNTS = ["remount", "remount_all", "setattr", "copy_setattr"];
const CLAIM = { persistentVolumeClaim: { claimName: "cloudtaser-agent" } };
const ELSEWHERE = {
  hostPath: { path: "/run/elsewhere", type: "DirectoryOrCreate" },
};

testWithVault(
  "export: pods reach the socket and cannot change anything, even as root",
  async ({ cluster, vault, test }) => {
    await using _claim = await appliedManifests(cluster, "production.yaml");
    const options = { agent: true, env: { CLOUDTASER_SCORE_INTERVAL: "1s" } };
    await using pod = await RunningPod.ready(vault, "early", options);
    await using agent = await DeployedAgent.start(cluster);
    // Deleted before the claim, which waits for its users.
    await using _first = pod;
    const isConnected = async () =>
      (await pod.page("/v1/status")).agent.connected === true;

    await test.step("a pod that started before the agent reaches it", async () => {
      await eventually(isConnected, (connected) => connected, 30_000);
      await pod.neverRestarted();
    });

    await using _careless = await makeCareless(cluster);
    await test.step("control: in another directory of the node all attempts succeed", async () => {
      const result = await vandalize(cluster, ELSEWHERE, []);
      for (const what of ["create", "mkdir", "bind", "chmod_directory"]) {
        assert.equal(result.get(what), "ok", what);
      }
    });

    for (const capabilities of [[], ["SYS_ADMIN"]]) {
      await test.step(`root in a pod, mounted for writing, ${capabilities}`, async () => {
        const result = await vandalize(cluster, CLAIM, capabilities);
        assert.equal(result.get("connect"), "ok");
        for (const [what, said] of result) {
          if (what === "connect") continue;
          if (capabilities.length === 0 && /mount|attr|copy/.test(what)) {
            assert.notEqual(said, "ok", what);
          } else {
            assert.equal(said, MOUNTS.includes(what) ? "EPERM" : "EROFS", what);
          }
        }
      });
    }

    await test.step("the next agent finds the mount, and pods find the agent", async () => {
      const gone = await agent.pod();
      await cluster.kubectl("delete", "pod", gone, `-n=${SYSTEM}`);
      await agent.isReady();
      const next = await agent.pod();
      const look = () => pod.page("/v1/status");
      await eventually(look, (now) => now.agent.name === next, 30_000);
      const words = ["logs", next, `-n=${SYSTEM}`, "--container=export"];
      assert.match(
        await cluster.kubectl(...words),
        /Exported \S+ read-only \(locked\)/,
      );
      await pod.neverRestarted();
    });
  },
);

/** A namespace that admits everything, with the same claim. */
async function makeCareless(cluster: Cluster): Promise<AsyncDisposable> {
  await cluster.apply(JSON.stringify({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: CARELESS },
  }));
  const text = await readManifest("production.yaml");
  return await applied(cluster, text.replaceAll("production", CARELESS));
}

/** Results of root in a pod: attempt → ok, or the name of the errno. */
async function vandalize(
  cluster: Cluster,
  source: unknown,
  capabilities: readonly string[],
): Promise<Map<string, string>> {
  const name = `vandal-${crypto.randomUUID().slice(0, 8)}`;
  await cluster.apply(JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: CARELESS },
    spec: {
      restartPolicy: "Never",
      containers: [{
        name: "vandal",
        image: SHELL_IMAGE,
        command: ["/vandal", "/run/cloudtaser", "agent.sock"],
        securityContext: { runAsUser: 0, capabilities: { add: capabilities } },
        volumeMounts: [{ name: "agent", mountPath: "/run/cloudtaser" }],
      }],
      volumes: [{ name: "agent", ...source as Record<string, unknown> }],
    },
  }));
  await cluster.waitFor(`pod/${name}`, "jsonpath={.status.phase}=Succeeded", {
    namespace: CARELESS,
  });
  const output = await cluster.kubectl("logs", name, `-n=${CARELESS}`);
  await cluster.kubectl("delete", "pod", name, `-n=${CARELESS}`);
  const lines = output.trim().split("\n").map((line) => line.split(" "));
  return new Map(lines.map(([what = "", said = ""]) => [what, said]));
}
