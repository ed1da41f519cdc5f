/** What became of workloads in the labelled namespace. */
import assert from "node:assert/strict";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { tryRun } from "../../../tools/run.ts";
import { eventually } from "../../support/eventually.ts";
import { WRAPPER } from "../../support/wrapper.ts";
import { applied } from "./deployed.ts";
import { HAS_SECRET, SHOP } from "./unchanged.ts";

const PODS = `/api/v1/namespaces/${SHOP}/pods`;
const WRAPPED = ["/cloudtaser/cloudtaser-wrapper", "--"];

/** Creates objects; `await using` deletes them and waits for their pods' end. */
export function created(
  cluster: Cluster,
  ...objects: readonly object[]
): Promise<AsyncDisposable> {
  return applied(cluster, ...objects.map((one) => JSON.stringify(one)));
}

/** The pods with the label `app: NAME`, the oldest first. */
export async function podsOf(cluster: Cluster, app: string): Promise<V1Pod[]> {
  const path = `${PODS}?labelSelector=app%3D${app}`;
  const { items } = (await cluster.api.request("GET", path)).body;
  const age = ({ metadata }: V1Pod) => String(metadata?.creationTimestamp);
  return items.sort((a: V1Pod, b: V1Pod) => age(a).localeCompare(age(b)));
}

/** Waits until this many pods are in a state: `Running` with all containers ready, or `Succeeded`. */
export function podsReach(
  cluster: Cluster,
  app: string,
  phase: "Running" | "Succeeded",
  count = 1,
  limitMs = 90_000,
): Promise<V1Pod[]> {
  const isThere = ({ metadata, status }: V1Pod) =>
    status?.phase === phase && !metadata?.deletionTimestamp &&
    (phase !== "Running" ||
      status.containerStatuses?.every(({ ready }) => ready));
  return eventually(
    () => podsOf(cluster, app),
    (pods) => pods.length === count && pods.every(isThere),
    limitMs,
  );
}

/** Log of one container. */
export async function logOf(
  cluster: Cluster,
  pod: V1Pod,
  container: string,
): Promise<string> {
  const path = `${PODS}/${pod.metadata?.name}/log?container=${container}`;
  return (await cluster.api.request("GET", path)).text;
}

/** Containers that the wrapper starts, init containers too. */
export function wrappedContainers({ spec }: V1Pod): V1Container[] {
  return [...spec?.initContainers ?? [], ...spec?.containers ?? []]
    .filter(({ command }) => WRAPPED.every((word, i) => command?.[i] === word));
}

/** Verifies that each of these containers, and no other, is wrapped, has its secret, and proved this score. */
export async function isProtected(
  cluster: Cluster,
  pod: V1Pod,
  score: number,
  containers: readonly string[] = ["app"],
): Promise<void> {
  const names = wrappedContainers(pod).map(({ name }) => name);
  assert.deepEqual(names, containers);
  for (const name of names) {
    const log = await eventually(
      () => logOf(cluster, pod, name),
      (log) => HAS_SECRET.test(log),
      // Ten wrappers start at once.
      60_000,
    );
    assert.match(log, new RegExp(`Protection score: ${score}/75$`, "m"));
  }
}

/** What `cloudtaser-wrapper status` shows of the namespace: `POD SCORE`, sorted. */
export async function shownByStatus(cluster: Cluster): Promise<string[]> {
  const words = ["status", `--namespace=${SHOP}`, "--output=json"];
  const { code, stdout, stderr } = await tryRun(WRAPPER, words, {
    env: cluster.env,
  });
  assert.equal(code, 0, stderr);
  const { wrappers } = JSON.parse(stdout);
  return wrappers.map(({ pod, status }: Shown) => `${pod} ${status.score}`)
    .sort();
}

interface Shown {
  readonly pod: string;
  readonly status: { readonly score: number };
}
