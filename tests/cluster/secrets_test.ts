/**
 * A protected pod from start to end: kubernetes auth through the real API
 * server, the secret in the application, the score in the log.
 */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";
import { WITHOUT_AGENT } from "./support/score_lines.ts";

testWithVault(
  "cluster: a restricted pod gets its secret and the right score",
  async ({ cluster, vault, test }) => {
    await using pod = await RunningPod.ready(vault, "secrets");

    await test.step("kubectl logs: the score and its reasons", async () => {
      assert.match(await pod.log(), WITHOUT_AGENT);
    });

    await test.step("/v1/status through the API server's proxy", async () => {
      const status = await pod.page("/v1/status");
      assert.equal(status.score, 55);
      assert.equal(status.pod, "secrets");
      assert.equal(status.namespace, NAMESPACE);
      assert.equal(status.node, cluster.node);
      assert.equal(status.vault.connected, true);
    });

    await test.step("/metrics with the pod's labels", async () => {
      const line =
        `cloudtaser_protection_score{pod="secrets",namespace="${NAMESPACE}"} 55\n`;
      const page = await pod.page("/metrics");
      assert.ok(page.includes(line), page);
    });

    await test.step("kubectl exec sees no secret and no token", async () => {
      const seen = await pod.exec("/app", "env");
      assert.match(seen, /^DB_PASSWORD=vault:secret/m);
      assert.doesNotMatch(seen, /s3cr3t-p4ss/);
    });
  },
);

testWithVault(
  "cluster: the application's environment has the secret, and no variable of the wrapper",
  async ({ vault }) => {
    const options = { words: ["env"], restartPolicy: "Never" } as const;
    await using pod = await RunningPod.create(vault, "once", options);
    await pod.ends("Succeeded");
    const log = await pod.log();
    assert.match(log, /^DB_PASSWORD=s3cr3t-p4ss$/m);
    assert.doesNotMatch(log, /^(VAULT|CLOUDTASER)_/m);
  },
);

testWithVault(
  "cluster: a pod that may not log in gets nothing, and the log says why",
  async ({ vault, test }) => {
    for (
      const [name, options, reason] of [
        ["audience", { audience: "somebody-else" }, /audience does not fit/],
        ["account", { account: "default" }, /the role excludes this account/],
      ] as const
    ) {
      await test.step(`a token of another ${name}`, async () => {
        const all = {
          words: ["env"],
          restartPolicy: "Never",
          ...options,
        } as const;
        await using pod = await RunningPod.create(vault, name, all);
        await pod.ends("Failed");
        const log = await pod.log();
        assert.match(log, reason);
        assert.doesNotMatch(log, /s3cr3t-p4ss/);
      });
    }
  },
);
