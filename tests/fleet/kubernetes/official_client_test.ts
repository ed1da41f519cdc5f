/** Compares `status` with Kubernetes' own client. */
import assert from "node:assert/strict";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { status, writeKubeconfig } from "../status_run.ts";

Deno.test("status and the official client read the same kubeconfig and find the same pods", async () => {
  await using api = await ApiServer.start();
  for (const name of ["web-1", "web-2"]) {
    api.add("production", name, { body: makeAnswer() });
  }
  const path = writeKubeconfig(api, {});
  const run = await status(["-n", "production", "-o", "json"], {
    KUBECONFIG: path,
  });
  const { wrappers } = JSON.parse(run.out);
  const user = api.seen.at(-1)?.client;

  const config = new KubeConfig();
  config.loadFromFile(path);
  const client = config.makeApiClient(CoreV1Api);
  const { items } = await client.listNamespacedPod({ namespace: "production" });
  assert.equal(api.seen.at(-1)?.client, user);
  assert.ok(user);
  assert.deepEqual(
    wrappers.map(({ pod, node }: Record<string, string>) => [pod, node]),
    items.map(({ metadata, spec }) => [metadata?.name, spec?.nodeName]),
  );
});
