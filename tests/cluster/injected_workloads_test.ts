/** Injection into every kind of workload and pod, under the restricted Pod Security Standard, by both ways of delivery. */
import assert from "node:assert/strict";
import type { V1PodSpec } from "@kubernetes/client-node";
import {
  created,
  isProtected,
  logOf,
  podsReach,
  shownByStatus,
  wrappedContainers,
} from "./support/injected.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import {
  makeContainer,
  makeCronJob,
  makePod,
  makeSet,
  makeTask,
} from "./support/unchanged.ts";

const WITHOUT_AGENT = 55;

/** Containers of these names. */
function containers(...names: readonly string[]): Partial<V1PodSpec> {
  return { containers: names.map((name) => makeContainer({ name })) };
}

const TEN = Array.from({ length: 10 }, (_, index) => `app-${index}`);

/** Two init containers, of which one is injected, and a native sidecar. */
const WITH_INITS = makePod("inits", {}, {
  annotations: { "cloudtaser.io/inject-init-containers": "migrate,proxy" },
  spec: {
    initContainers: [
      makeTask({ name: "prepare", env: [] }),
      makeTask({ name: "migrate" }),
      makeContainer({ name: "proxy", restartPolicy: "Always" }),
    ],
  },
});

for (const delivery of ["copy", "image-volume"]) {
  testWithVault(
    `injection, ${delivery}: StatefulSet, CronJob, and pods with several containers`,
    async ({ cluster, vault, test }) => {
      const parameters = { delivery, mode: "deny" };
      await using _namespace = await LabelledNamespace.create(
        vault,
        parameters,
      );
      await using _workloads = await created(
        cluster,
        makeSet("StatefulSet", "database", 2),
        makePod("two", {}, { spec: containers("web", "worker") }),
        WITH_INITS,
      );

      await test.step("a StatefulSet's pods, one after the other", async () => {
        const pods = await podsReach(cluster, "database", "Running", 2);
        const names = pods.map(({ metadata }) => metadata?.name);
        assert.deepEqual(names, ["database-0", "database-1"]);
        for (const pod of pods) await isProtected(cluster, pod, WITHOUT_AGENT);
      });

      await test.step("two containers, each with a status page of its own", async () => {
        const [pod] = await podsReach(cluster, "two", "Running");
        await isProtected(cluster, pod!, WITHOUT_AGENT, ["web", "worker"]);
        const ports = pod!.metadata?.annotations?.["cloudtaser.io/status-port"];
        assert.equal(ports, "8199,8200");
      });

      await test.step("init containers and a sidecar that the annotation names, the others as they were", async () => {
        const [pod] = await podsReach(cluster, "inits", "Running");
        const wrapped = ["migrate", "proxy", "app"];
        await isProtected(cluster, pod!, WITHOUT_AGENT, wrapped);
        assert.equal(await logOf(cluster, pod!, "prepare"), "password \n");
      });

      await test.step("status shows each wrapper that runs", async () => {
        const wanted = [
          "database-0 55",
          "database-1 55",
          "inits 55",
          "inits 55",
          "two 55",
          "two 55",
        ];
        assert.deepEqual(await shownByStatus(cluster), wanted);
      });

      // While its pod starts or ends, `status` could not read its page.
      await using _report = await created(cluster, makeCronJob("report"));

      await test.step("ten containers", async () => {
        const ten = makePod("ten", {}, { spec: containers(...TEN) });
        await using _ten = await created(cluster, ten);
        const [pod] = await podsReach(cluster, "ten", "Running");
        await isProtected(cluster, pod!, WITHOUT_AGENT, TEN);
      });

      await test.step("a CronJob's pod ends with the application's status", async () => {
        const [pod] = await podsReach(cluster, "report", "Succeeded");
        await isProtected(cluster, pod!, WITHOUT_AGENT);
      });

      await test.step("the wrapper comes by the way that the parameters say", async () => {
        const [pod] = await podsReach(cluster, "two", "Running");
        const volume = pod!.spec?.volumes?.find(({ name }) =>
          name === "cloudtaser"
        );
        const way = volume?.image ? "image-volume" : "copy";
        assert.equal(way, delivery);
        const installs = pod!.spec?.initContainers ?? [];
        assert.equal(installs.length, delivery === "copy" ? 1 : 0);
        assert.equal(wrappedContainers(pod!).length, 2);
      });
    },
  );
}
