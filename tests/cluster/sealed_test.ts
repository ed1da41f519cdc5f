/** A sealed pod: unsealed through the API server's pod proxy or by port-forward, depending on the setting. */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { freePort } from "../../tools/free_port.ts";
import { makeToken } from "../../tools/openbao/secrets.ts";
import { eventually } from "../support/eventually.ts";
import type { ClusterVault } from "./support/cluster_vault.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";

const WHERE = `--namespace=${NAMESPACE}`;
const READY = ".status.containerStatuses[0].ready";
const WAITS = /Sealed: waiting for a token/;

async function sealed(
  vault: ClusterVault,
  from: "loopback" | "any",
): Promise<RunningPod> {
  const pod = await RunningPod.create(vault, `sealed-${from}`, {
    env: { VAULT_AUTH_METHOD: "token", CLOUDTASER_SEALED: from },
  });
  await eventually(() => pod.log(), (log) => WAITS.test(log), 30_000);
  assert.equal((await pod.page("/v1/status")).sealed, true);
  assert.equal(await pod.field(READY), "false");
  return pod;
}

/** The response through the API server's pod proxy, or kubectl's error. */
async function byProxy(
  cluster: Cluster,
  pod: RunningPod,
  token: string,
): Promise<string> {
  const path =
    `/api/v1/namespaces/${NAMESPACE}/pods/${pod.name}:8199/proxy/v1/unseal`;
  const words = ["create", "--raw", path, "--filename=-"];
  const ran = await cluster.tryKubectl(words, JSON.stringify({ token }));
  return ran.stdout + ran.stderr;
}

/** A port of this machine that is forwarded to the pod; `await using` ends it. */
async function forward(
  cluster: Cluster,
  pod: RunningPod,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const port = freePort();
  const process = new Deno.Command(cluster.kubectlPath, {
    args: ["port-forward", WHERE, `pod/${pod.name}`, `${port}:8199`],
    env: cluster.env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually(
    () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      }, () => false),
    (isUp) => isUp,
  );
  return {
    port,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
    },
  };
}

testWithVault(
  "cluster: a sealed pod is opened through the pod proxy, where that is allowed",
  async ({ cluster, vault }) => {
    await using pod = await sealed(vault, "any");
    const token = await makeToken(vault.server);
    assert.match(
      await byProxy(cluster, pod, "s.wrong"),
      /Forbidden|forbidden|403/,
    );
    await new Promise((resolve) => setTimeout(resolve, 1050));
    assert.match(await byProxy(cluster, pod, token), /"sealed": ?false/);
    await pod.reaches("condition=Ready");
    assert.equal((await pod.page("/v1/status")).sealed, false);
    assert.doesNotMatch(await pod.log(), new RegExp(token));
  },
);

testWithVault(
  "cluster: loopback allows port-forward, and not the proxy",
  async ({ cluster, vault }) => {
    await using pod = await sealed(vault, "loopback");
    const token = await makeToken(vault.server);
    await byProxy(cluster, pod, token);
    assert.equal((await pod.page("/v1/status")).sealed, true);
    await using way = await forward(cluster, pod);
    const answer = await fetch(`http://127.0.0.1:${way.port}/v1/unseal`, {
      method: "POST",
      body: JSON.stringify({ token }),
    });
    assert.deepEqual(await answer.json(), { sealed: false });
    await pod.reaches("condition=Ready");
  },
);
