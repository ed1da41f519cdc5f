/**
 * `deno run -A tests/cluster/creation_latency.ts`: how long the API server takes
 * to create pods in a labelled namespace and, in turn with them, in one without
 * the label, and how much processor time. No scheduler takes the pods, so nothing
 * runs. Figures depend on the machine: docs/PERFORMANCE.md has some, and no test
 * asserts them.
 */
import type { V1Pod } from "@kubernetes/client-node";
import { measureBusy } from "../../tools/bench/machine.ts";
import { readProcesses, readText } from "../../tools/proc.ts";
import { runMain, say } from "../../tools/progress.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { ClusterVault } from "./support/cluster_vault.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { production } from "./support/production.ts";
import { makeContainer, makePod, SHOP } from "./support/unchanged.ts";

const PODS = 500;
const BLOCK = 25;
const TICKS_PER_SECOND = 100;
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

/** Processor time of the API server until now, in milliseconds. */
function readProcessorTime({ files }: Cluster): number {
  const isServer = (command: string) =>
    command.startsWith("kube-apiserver") && command.includes(files.state);
  const server = readProcesses().find(({ pid }) =>
    isServer(readText(`/proc/${pid}/cmdline`))
  );
  if (!server) throw new Error("the API server does not run");
  const fields = readText(`/proc/${server.pid}/stat`).split(") ")[1]!.split(
    " ",
  );
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 1000 / TICKS_PER_SECOND;
}

/** What was measured in one namespace. */
interface Figures {
  readonly times: number[];
  processorTime: number;
}

function describe({ times, processorTime }: Figures): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * sorted.length)] ?? 0;
  const figures = {
    median: at(0.5),
    "99 % under": at(0.99),
    "processor time of the API server": processorTime / times.length,
  };
  return Object.entries(figures)
    .map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`).join(", ");
}

/** Creates so many pods, as many at once as `clients`. */
async function createBlock(
  cluster: Cluster,
  namespace: string,
  pod: V1Pod,
  clients: number,
  figures: Figures,
): Promise<void> {
  const before = readProcessorTime(cluster);
  const client = async () => {
    for (let round = 0; round < BLOCK / clients; round++) {
      figures.times.push(await create(cluster, namespace, pod));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  figures.processorTime += readProcessorTime(cluster) - before;
}

/** Prints the figures of `PODS` pods in each namespace, which take turns in blocks. */
async function measure(
  cluster: Cluster,
  containers: number,
  clients: number,
): Promise<void> {
  const pod = makeIdlePod(containers);
  const make = (): Figures => ({ times: [], processorTime: 0 });
  for (const namespace of [PLAIN, SHOP]) {
    await createBlock(cluster, namespace, pod, clients, make());
  }
  const figures = { [PLAIN]: make(), [SHOP]: make() };
  for (let block = 0; block < PODS / BLOCK; block++) {
    for (const [namespace, found] of Object.entries(figures)) {
      await createBlock(cluster, namespace, pod, clients, found);
    }
  }
  say(`Pods of ${containers} containers, ${clients} at a time`);
  for (const [namespace, found] of Object.entries(figures)) {
    say(`  ${namespace === SHOP ? "with" : "without"}: ${describe(found)}`);
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
    say(`Others use ${await measureBusy()} % of the processors.`);
    await measure(cluster, 1, 1);
    await measure(cluster, 10, 1);
  });
}
