/** Pods of an application that knows nothing of the wrapper: a command, and a reference in its environment. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { tryApply } from "./admission.ts";
import { APP_IMAGE, NAMESPACE } from "./production.ts";

/** What differs from one that waits for TERM. */
export interface PlainChanges {
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[];
  readonly restartPolicy?: "Always" | "Never";
}

function specification(changes: PlainChanges) {
  const { args = ["signals", "15"], restartPolicy = "Always" } = changes;
  const command = "command" in changes ? changes.command : ["/app"];
  return {
    serviceAccountName: "orders",
    restartPolicy,
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 },
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [{
      name: "app",
      image: APP_IMAGE,
      ...{ command, args },
      env: [{ name: "DB_PASSWORD", value: "vault:secret/data/app#password" }],
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      },
      resources: {
        requests: { cpu: "10m", memory: "64Mi" },
        limits: { memory: "256Mi" },
      },
    }],
  };
}

/** A pod, as JSON. */
export function plainPod(name: string, changes: PlainChanges = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE },
    spec: specification(changes),
  });
}

/** A Deployment of one such pod, as JSON. */
export function plainDeployment(name: string): string {
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: specification({}),
      },
    },
  });
}

/** The policy's words for a container without a command. */
export const NOT_WRAPPED =
  /container app is not started by cloudtaser-wrapper: .*crane config/;

/** What the API server says to a pod without a command: `accepted`, or why not. */
export async function tryBarePod(cluster: Cluster): Promise<string> {
  const bare = plainPod("bare", { command: undefined });
  const { objects, refusal } = await tryApply(cluster, bare, { dryRun: true });
  return objects.length === 1 ? "accepted" : refusal;
}
