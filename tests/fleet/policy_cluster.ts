/** Namespaces with the policy on the API server of the tests. */
import { injectPod, type KubernetesObject } from "@/policy/evaluate/inject.ts";
import { ApiServer } from "./api_server.ts";

/** What a namespace's ConfigMap always has. */
const REQUIRED = {
  image: "registry.test/cloudtaser-wrapper:1",
  vaultAddr: "https://vault.test:8200",
};

const INJECTION =
  "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/cloudtaser-inject";

/** A namespace's parameters; undefined: no ConfigMap. */
export type Parameters = Readonly<Record<string, string>> | undefined;

/** A cluster whose new pods are injected. */
export class PolicyCluster implements AsyncDisposable {
  readonly api: ApiServer;
  readonly #namespaces: unknown[] = [];

  private constructor(api: ApiServer) {
    this.api = api;
    const metadata = {};
    const items = this.#namespaces;
    api.objects.set("/api/v1/namespaces", {
      ...{ kind: "NamespaceList", metadata, items },
    });
    this.injects(true);
  }

  static async start(): Promise<PolicyCluster> {
    return new PolicyCluster(await ApiServer.start());
  }

  /** Whether there is a policy that injects; a number is the status of a refusal. */
  injects(answer: boolean | number): void {
    const { objects } = this.api;
    if (answer === false) objects.delete(INJECTION);
    else objects.set(INJECTION, answer === true ? { spec: {} } : answer);
  }

  /** Adds a namespace. */
  addNamespace(name: string, data: Parameters, hasLabel = true): void {
    const labels = hasLabel ? { "cloudtaser.io/inject": "enabled" } : {};
    const namespace = { kind: "Namespace", metadata: { name, labels } };
    this.#namespaces.push(namespace);
    this.api.objects.set(`/api/v1/namespaces/${name}`, namespace);
    if (data === undefined) return;
    this.api.objects.set(
      `/api/v1/namespaces/${name}/configmaps/cloudtaser`,
      parametersOf(data),
    );
  }

  /** Adds a pod, as the API server completes it. */
  addPod(pod: KubernetesObject): void {
    this.api.pods.push(pod);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.api[Symbol.asyncDispose]();
  }
}

function parametersOf(data: Parameters): KubernetesObject {
  return {
    kind: "ConfigMap",
    metadata: { name: "cloudtaser" },
    data: { ...REQUIRED, ...data },
  };
}

/** What differs from a running pod of one container with a command. */
export interface PodChanges {
  readonly owner?: readonly [kind: string, name: string];
  /** Its ReplicaSet's template hash. */
  readonly hash?: string;
  readonly container?: Record<string, unknown>;
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/** A pod that was created without the policy. */
export function plainPod(
  namespace: string,
  name: string,
  { owner, hash, container, spec, status }: PodChanges = {},
): KubernetesObject {
  const [kind, ownerName] = owner ?? [];
  return {
    metadata: {
      namespace,
      name,
      labels: { app: "web", ...hash && { "pod-template-hash": hash } },
      ...kind && {
        ownerReferences: [{
          ...{ apiVersion: "apps/v1", kind, name: ownerName },
          ...{ uid: "u", controller: true },
        }],
      },
    },
    spec: {
      nodeName: "node-a",
      serviceAccountName: "default",
      containers: [{
        name: "app",
        image: "registry.test/app:1",
        command: ["/app"],
        ...container,
      }],
      ...spec,
    },
    status: { phase: "Running", ...status },
  };
}

/** The same pod, created with the policy and these parameters. */
export function injectedPod(
  pod: KubernetesObject,
  data: Parameters = {},
): KubernetesObject {
  return injectPod(pod, parametersOf(data));
}
