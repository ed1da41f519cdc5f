/**
 * `deno run -A tests/cluster/creation_latency.ts`: how long the API server takes
 * to create pods in a labelled namespace and, in turn with them, in one without
 * the label. No scheduler takes the pods, so nothing runs. Figures depend on the
 * machine: docs/PERFORMANCE.md has some, and no test asserts them.
 */
import type { V1Pod } from "@kubernetes/client-node";
import { runMain, say } from "../../tools/progress.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { ClusterVault } from "./support/cluster_vault.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { production } from "./support/production.ts";
import { makeContainer, makePod, SHOP } from "./support/unchanged.ts";

const PODS = 500;
const WARM_UP = 20;
const PLAIN = "plain";

const PLAIN_NAMESPACE = `
apiVersion: v1
kind: Namespace
metadata:
  name: ${PLAIN}
  labels: { pod-security.kubernetes.io/enforce: restricted }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: orders, namespace: ${PLAIN} }
`;

/** A pod of so many containers, for no scheduler. */
function makeIdlePod(containers: number): V1Pod {
  return makePod("pod", {}, {
    spec: {
      schedulerName: "none",
      containers: Array.from(
        { length: containers },
        (_, index) => makeContainer({ name: `app-${index}` }),
      ),
    },
  });
}

/** Creates one. @returns milliseconds until the answer @throws when it is refused */
async function create(
  cluster: Cluster,
  namespace: string,
  pod: V1Pod,
): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const metadata = { generateName: "pod-", labels: pod.metadata?.labels };
  const started = performance.now();
  const { status, text } = await cluster.api.request("POST", path, {
    ...pod,
    metadata,
  });
  const took = performance.now() - started;
  if (status !== 201) throw new Error(text);
  return took;
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * sorted.length)] ?? 0;
  return `median ${at(0.5).toFixed(1)} ms, 99 % under ${
    at(0.99).toFixed(1)
  } ms`;
}

/** `PODS` in each namespace, in turn, as many at once as `clients`. */
async function measure(
  cluster: Cluster,
  containers: number,
  clients: number,
): Promise<void> {
  const pod = makeIdlePod(containers);
  const times: Record<string, number[]> = { [PLAIN]: [], [SHOP]: [] };
  const client = async (count: number) => {
    for (let round = 0; round < count; round++) {
      for (const [namespace, list] of Object.entries(times)) {
        list.push(await create(cluster, namespace, pod));
      }
    }
  };
  await client(WARM_UP);
  for (const list of Object.values(times)) list.length = 0;
  await Promise.all(
    Array.from({ length: clients }, () => client(PODS / clients)),
  );
  const what = `${containers} containers, ${clients} at a time`;
  say(`${what}, without: ${describe(times[PLAIN]!)}`);
  say(`${what}, with:    ${describe(times[SHOP]!)}`);
  for (const namespace of [PLAIN, SHOP]) {
    const now = ["--all", "--force", "--grace-period=0", "--wait=false"];
    const words = ["delete", "pods", `--namespace=${namespace}`, ...now];
    await cluster.tryKubectl(words);
  }
}

if (import.meta.main) {
  await runMain("creation_latency", async () => {
    await using cluster = await production();
    await using vault = await ClusterVault.start(cluster);
    await cluster.apply(PLAIN_NAMESPACE);
    await using _shop = await LabelledNamespace.create(vault, { mode: "deny" });
    await measure(cluster, 1, 1);
    await measure(cluster, 1, 10);
    await measure(cluster, 10, 1);
  });
}
