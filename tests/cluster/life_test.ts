/** A pod's life: rollout, deletion, exec, and an outage of its Vault. */
import assert from "node:assert/strict";
import { testInCluster } from "./support/test_in_cluster.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { post } from "../../tools/openbao/api.ts";
import { eventually } from "../support/eventually.ts";
import { Output } from "../support/output.ts";
import { ClusterVault } from "./support/cluster_vault.ts";
import { deployment } from "./support/pods.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";

const WHERE = `--namespace=${NAMESPACE}`;
const CONTAINER = ".status.containerStatuses[0]";

/** Follows the log of a pod; its first line exists, so kubectl does not start too late. */
async function followLog(cluster: Cluster, pod: string): Promise<Output> {
  const { stdout } = new Deno.Command(cluster.kubectlPath, {
    args: ["logs", "--follow", pod, WHERE],
    env: cluster.env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = new Output(stdout);
  await output.until(/\n/);
  return output;
}

/** Each has its own pod and Vault. Three run at a time, because they mostly wait. */
const CASES: Readonly<Record<string, (cluster: Cluster) => Promise<void>>> = {
  "deletion is TERM to the application, well within the grace": async (
    cluster,
  ) => {
    await using vault = await ClusterVault.start(cluster);
    await using pod = await RunningPod.ready(vault, "deleted");
    const log = await followLog(cluster, pod.name);
    const started = performance.now();
    await pod.delete();
    const seconds = (performance.now() - started) / 1000;
    await log.until(/^signal 15$/m);
    assert.ok(seconds < 20, `${seconds} s`);
    await tokenIsRevoked(vault);
  },
  "who does not hear TERM is ended by us, not by the kubelet": async (
    cluster,
  ) => {
    await using vault = await ClusterVault.start(cluster);
    await using pod = await RunningPod.ready(vault, "deaf", {
      words: ["signals", "64"],
      env: { CLOUDTASER_STOP_GRACE: "2s" },
    });
    const log = await followLog(cluster, pod.name);
    const started = performance.now();
    await pod.delete();
    const seconds = (performance.now() - started) / 1000;
    await log.until(/^signal 15$/m);
    assert.ok(seconds > 2 && seconds < 20, `${seconds} s`);
    // Its last line, which it could not have written after the kubelet's KILL.
    await tokenIsRevoked(vault);
  },
  "a Deployment is rolled, and the new pod has the new secret": async (
    cluster,
  ) => {
    await using vault = await ClusterVault.start(cluster);
    await cluster.apply(deployment(vault, "rolled"));
    const rolled = ["rollout", "status", "deployment/rolled", WHERE];
    await cluster.kubectl(...rolled, "--timeout=60s");
    const before = await podNames("rolled");
    await post(vault.server, "secret/data/app", {
      data: { password: "the-next-one" },
    });
    await cluster.kubectl("rollout", "restart", "deployment/rolled", WHERE);
    await cluster.kubectl(...rolled, "--timeout=60s");
    await eventually(
      () => podNames("rolled"),
      (names) => names.length === 1 && names[0] !== before[0],
    );
    const log = await cluster.kubectl("logs", "deployment/rolled", WHERE);
    assert.match(log, /Secrets loaded: 1/);
    await cluster.kubectl("delete", "deployment", "rolled", WHERE, "--wait");

    async function podNames(app: string): Promise<string[]> {
      const words = ["get", "pods", WHERE, `--selector=app=${app}`, "-o=name"];
      return (await cluster.kubectl(...words)).trim().split("\n");
    }
  },
  "a pod waits for a Vault that is not there yet": async (cluster) => {
    await using vault = await ClusterVault.start(cluster);
    await vault.server.kill();
    await using pod = await RunningPod.create(vault, "early");
    await eventually(() => pod.log(), (log) => /Vault/.test(log), 30_000);
    assert.equal(
      await pod.field(".status.containerStatuses[0].ready"),
      "false",
    );
    await vault.server.restart();
    await pod.reaches("condition=Ready");
    await pod.neverRestarted();
  },
  "the Vault goes and comes back, and the application never knows": async (
    cluster,
  ) => {
    await using vault = await ClusterVault.start(cluster, { ttl: "6s" });
    await using pod = await RunningPod.ready(vault, "outage");
    const lease = async () =>
      (await pod.page("/v1/status")).vault.leaseTtlSeconds as number;
    await vault.server.kill();
    await eventually(lease, (seconds) => seconds === 0, 30_000);
    // 0 is less than a second: the token must have expired, or renewing it would avoid the login.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    assert.equal(await pod.field(`${CONTAINER}.ready`), "true");
    await vault.server.restart();
    const again = /Secrets refreshed/;
    await eventually(() => pod.log(), (log) => again.test(log), 60_000);
    await eventually(lease, (seconds) => seconds > 0);
    await pod.neverRestarted();
  },
  "the token cannot live longer, and the pod logs in again": async (
    cluster,
  ) => {
    const times = { ttl: "4s", maxTtl: "8s" };
    await using vault = await ClusterVault.start(cluster, times);
    await using pod = await RunningPod.ready(vault, "expiring");
    const started = performance.now();
    const again = /Secrets refreshed/g;
    const count = (log: string) => [...log.matchAll(again)].length;
    await eventually(() => pod.log(), (log) => count(log) >= 2, 60_000);
    // Twice the lifetime of a token.
    assert.ok(performance.now() - started > 8_000);
    const { score, vault: seen } = await pod.page("/v1/status");
    assert.equal(score, 55);
    assert.equal(seen.connected, true);
    assert.ok(seen.leaseTtlSeconds > 0);
    await pod.neverRestarted();
    assert.doesNotMatch(await pod.log(), /^signal/m);
  },
};

/** Only the tokens of the test and of the token reviewer exist. */
async function tokenIsRevoked(vault: ClusterVault): Promise<void> {
  await eventually(
    async () => {
      const answer = await vault.server.api("LIST", "auth/token/accessors");
      return answer.body.data.keys.length;
    },
    (count) => count === 1,
  );
}

testInCluster("cluster: a pod's life", async ({ cluster, test }) => {
  const alone = {
    sanitizeOps: false,
    sanitizeResources: false,
    sanitizeExit: false,
  };
  const cases = Object.entries(CASES);
  const lane = async () => {
    for (let next = cases.shift(); next; next = cases.shift()) {
      const [name, run] = next;
      await test.step({ name, ...alone, fn: () => run(cluster) });
    }
  };
  await Promise.all([lane(), lane(), lane()]);
});
