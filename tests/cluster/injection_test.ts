/** From the label to the score: an unchanged Deployment in a labelled namespace, with the node agent. */
import assert from "node:assert/strict";
import { DeployedAgent } from "./support/agent.ts";
import {
  created,
  isProtected,
  podsReach,
  shownByStatus,
} from "./support/injected.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import { makeSet, SHOP } from "./support/unchanged.ts";

for (const delivery of ["copy", "image-volume"]) {
  testWithVault(
    `injection, ${delivery}: an unchanged Deployment has its secret and the agent's score, before and after a rollout`,
    async ({ cluster, vault, test }) => {
      await using agent = await DeployedAgent.start(cluster);
      const score = agent.enforces ? 75 : 65;
      const minimumScore = String(score);
      const parameters = { delivery, minimumScore, mode: "deny" };
      await using _namespace = await LabelledNamespace.create(
        vault,
        parameters,
      );
      await using _web = await created(
        cluster,
        makeSet("Deployment", "web", 2),
      );
      const first = await podsReach(cluster, "web", "Running", 2);

      await test.step("each pod has its secret and the score", async () => {
        for (const pod of first) await isProtected(cluster, pod, score);
      });

      await test.step("status shows both", async () => {
        const wanted = first.map(({ metadata }) =>
          `${metadata?.name} ${score}`
        );
        assert.deepEqual(await shownByStatus(cluster), wanted.sort());
      });

      await test.step("the pods of the next replica set too", async () => {
        const what = ["deployment/web", `--namespace=${SHOP}`];
        await cluster.kubectl("set", "env", ...what, "COLOR=blue");
        await cluster.kubectl("rollout", "status", ...what, "--timeout=90s");
        const second = await podsReach(cluster, "web", "Running", 2);
        for (const pod of second) await isProtected(cluster, pod, score);
        const names = [...first, ...second].map(({ metadata }) =>
          metadata?.name
        );
        assert.equal(new Set(names).size, 4);
      });
    },
  );
}
