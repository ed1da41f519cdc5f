/** Compares `status` with Kubernetes' own client. */
import assert from "node:assert/strict";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { makeAnswer } from "../answers.ts";
import { ApiServer } from "../api_server.ts";
import { statusOf, writeKubeconfig } from "../status_run.ts";

Deno.test("status and the official client read the same kubeconfig and find the same pods", async () => {
  const pods = { "web-1": makeAnswer(), "web-2": makeAnswer() };
  await using api = await ApiServer.start(pods);
  const path = writeKubeconfig(api, {});
  const run = await statusOf(api, ["-n", "production", "-o", "json"]);
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
