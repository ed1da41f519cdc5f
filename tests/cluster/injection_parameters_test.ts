/** The ConfigMap of a labelled namespace: it changes, it is missing, and who may change it. */
import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { eventually } from "../support/eventually.ts";
import {
  created,
  isProtected,
  podsOf,
  podsReach,
  wrappedContainers,
} from "./support/injected.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import { makePod, makeSet, SHOP } from "./support/unchanged.ts";

const WHERE = `--namespace=${SHOP}`;
const NO_COMMAND = { command: [], args: [] };
const NOT_WRAPPED = /container app is not started by cloudtaser-wrapper/;

testWithVault(
  "injection: new pods follow the parameters",
  async ({ cluster, vault, test }) => {
    await using shop = await LabelledNamespace.create(vault, { mode: "deny" });

    await test.step("a raised minimum is refused where a pod asks for less, and enforced where it asks for nothing", async () => {
      await shop.set({ mode: "deny", minimumScore: "60", agentSocket: "none" });
      const env = [{ name: "CLOUDTASER_MIN_PROTECTION_SCORE", value: "55" }];
      const { refusal } = await shop.ask(makePod("less", { env }));
      assert.match(refusal, /is "55", and the namespace requires at least 60/);
      await using _web = await created(cluster, makePod("web"));
      const state = await eventually(
        async () => lastState(await podsOf(cluster, "web")),
        (state) => state !== undefined,
        60_000,
      );
      assert.equal(state?.exitCode, 77);
      assert.match(state?.message ?? "", /score 55\/75 is below .*=60/);
    });

    await test.step("what pods get changes", async () => {
      await shop.set({ mode: "deny", agentSocket: "none", statusPort: "9100" });
      await using _web = await created(cluster, makePod("web"));
      const [pod] = await podsReach(cluster, "web", "Running");
      await isProtected(cluster, pod!, 55);
      const ports = pod!.metadata?.annotations?.["cloudtaser.io/status-port"];
      assert.equal(ports, "9100");
      const names = pod!.spec?.volumes?.map(({ name }) => name);
      assert.ok(!names?.includes("cloudtaser-agent"), `${names}`);
    });

    await test.step("warn admits and says the same words", async () => {
      await shop.set({ mode: "warn" });
      const { refusal, warnings } = await shop.ask(makePod("bare", NO_COMMAND));
      assert.equal(refusal, "");
      assert.ok(warnings.some((text) => NOT_WRAPPED.test(text)), `${warnings}`);
    });
  },
);

testWithVault(
  "injection: without its ConfigMap a namespace gets no pods, and the message names it",
  async ({ cluster, vault, test }) => {
    const remedy = /cloudtaser-needs-configmap-cloudtaser-in-this-namespace/;
    await using shop = await LabelledNamespace.create(vault, { mode: "warn" });
    await cluster.kubectl("delete", "configmap", "cloudtaser", WHERE);
    const ask = () => shop.ask(makePod("web"));
    await eventually(ask, ({ refusal }) => remedy.test(refusal));

    await test.step("a Deployment says so too", async () => {
      await using _web = await created(
        cluster,
        makeSet("Deployment", "web", 1),
      );
      const failure = await eventually(
        () => replicaFailure(cluster, "web"),
        (text) => text !== "",
      );
      assert.match(failure, remedy);
      assert.deepEqual(await podsOf(cluster, "web"), []);
    });

    await test.step("with the ConfigMap pods are accepted again", async () => {
      await shop.set({ mode: "warn" });
      const { objects: [pod] } = await eventually(
        ask,
        ({ refusal }) => refusal === "",
      );
      assert.equal(wrappedContainers(pod).length, 1);
    });
  },
);

/** How the application's container of the first pod ended. */
function lastState([pod]: readonly V1Pod[]) {
  const [app] = pod?.status?.containerStatuses ?? [];
  return app?.state?.terminated ?? app?.lastState?.terminated;
}

/** Why a Deployment has too few pods; empty when it has them. */
async function replicaFailure(
  cluster: Cluster,
  name: string,
): Promise<string> {
  const path = `/apis/apps/v1/namespaces/${SHOP}/deployments/${name}`;
  const { body } = await cluster.api.request("GET", path);
  const conditions: { type: string; message: string }[] =
    body.status?.conditions ?? [];
  return conditions.find(({ type }) => type === "ReplicaFailure")?.message ??
    "";
}
