/**
 * Kubernetes' own client. What the wrapper writes and what `status` shows is
 * compared with what it reads.
 */
import {
  CoreV1Api,
  type CoreV1Event,
  KubeConfig,
  type V1Pod,
} from "@kubernetes/client-node";
import type { Cluster } from "../../../tools/cluster/cluster.ts";

function connect(cluster: Cluster): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  return config.makeApiClient(CoreV1Api);
}

/** The pods of a namespace. */
export async function listPods(
  cluster: Cluster,
  namespace: string,
): Promise<V1Pod[]> {
  return (await connect(cluster).listNamespacedPod({ namespace })).items;
}

/** The wrapper's events on a pod. */
export async function listEvents(
  cluster: Cluster,
  namespace: string,
  pod: string,
): Promise<CoreV1Event[]> {
  const { items } = await connect(cluster).listNamespacedEvent({
    namespace,
    fieldSelector: `involvedObject.name=${pod},source=cloudtaser-wrapper`,
  });
  return items;
}
