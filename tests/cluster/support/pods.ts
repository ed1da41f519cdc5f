/** Manifests of the tests' pods: the restricted Pod Security Standard, with one secret from Vault. */
import type { V1PodSpec } from "@kubernetes/client-node";
import type { ClusterVault } from "./cluster_vault.ts";
import {
  APP_IMAGE,
  NAMESPACE,
  SHELL_IMAGE,
  WRAPPED_IMAGE,
} from "./production.ts";

/** Options of a test's pod. */
export interface PodOptions {
  /** Arguments of `/app`; `signals 15` by default. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Audience of the service account's token; `vault` by default. */
  readonly audience?: string;
  /** `orders` by default. */
  readonly account?: string;
  readonly restartPolicy?: "Always" | "Never";
  readonly graceSeconds?: number;
  /** Mounts the service account's own token, which events need. */
  readonly ownAccount?: boolean;
  /** Mounts the claim with the agent's socket. */
  readonly agent?: boolean;
  /** Uses the image with busybox. */
  readonly shell?: boolean;
  /** Takes the wrapper from this image by a volume, and the application's image without it. */
  readonly imageVolume?: string;
}

/** The requirements of `restricted`, and a read-only root file system. */
const SECURITY = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const AGENT_MOUNT = {
  name: "agent",
  mountPath: "/run/cloudtaser",
  readOnly: true,
  mountPropagation: "HostToContainer",
};

const AGENT_VOLUME = {
  name: "agent",
  persistentVolumeClaim: { claimName: "cloudtaser-agent", readOnly: true },
};

const IMAGE_MOUNT = { name: "wrapper", mountPath: "/cloudtaser" };

const TOKENS = "/var/run/secrets/tokens";

/** A pod spec. */
function podSpec(vault: ClusterVault, options: PodOptions): V1PodSpec {
  const { words = ["signals", "15"], audience = "vault" } = options;
  return {
    serviceAccountName: options.account ?? "orders",
    automountServiceAccountToken: options.ownAccount ?? false,
    restartPolicy: options.restartPolicy ?? "Always",
    terminationGracePeriodSeconds: options.graceSeconds ?? 40,
    containers: [{
      name: "app",
      ...start(options),
      args: ["/app", ...words],
      env: [...POD_ENV, ...named({ ...vaultEnv(vault), ...options.env })],
      ports: [{ containerPort: 8199, name: "status" }],
      readinessProbe: {
        httpGet: { path: "/readyz", port: 8199 },
        periodSeconds: 1,
      },
      securityContext: SECURITY,
      resources: {
        requests: { cpu: "10m", memory: "64Mi" },
        limits: { memory: "256Mi" },
      },
      volumeMounts: [
        { name: "token", mountPath: TOKENS, readOnly: true },
        { name: "vault-ca", mountPath: "/vault", readOnly: true },
        ...(options.agent ? [AGENT_MOUNT] : []),
        ...(options.imageVolume ? [IMAGE_MOUNT] : []),
      ],
    }],
    volumes: [
      {
        name: "token",
        projected: {
          sources: [{
            serviceAccountToken: {
              path: "vault",
              audience,
              expirationSeconds: 600,
            },
          }],
        },
      },
      { name: "vault-ca", configMap: { name: vault.caConfigMap } },
      ...(options.agent ? [AGENT_VOLUME] : []),
      ...(options.imageVolume ? [imageVolume(options.imageVolume)] : []),
    ],
  };
}

/** The image, and what starts the wrapper in it. */
function start({ shell, imageVolume }: PodOptions) {
  if (imageVolume === undefined) {
    return { image: shell ? SHELL_IMAGE : WRAPPED_IMAGE };
  }
  const path = `${IMAGE_MOUNT.mountPath}/cloudtaser-wrapper`;
  return { image: APP_IMAGE, command: [path] };
}

/** On this node images exist or not; nothing can be pulled. */
function imageVolume(reference: string) {
  const image = { reference, pullPolicy: "Never" };
  return { name: IMAGE_MOUNT.name, image };
}

function vaultEnv(vault: ClusterVault): Record<string, string> {
  return {
    VAULT_ADDR: vault.address,
    VAULT_CACERT: "/vault/ca.pem",
    VAULT_AUTH_METHOD: "kubernetes",
    VAULT_AUTH_ROLE: "app",
    VAULT_JWT_FILE: `${TOKENS}/vault`,
    DB_PASSWORD: "vault:secret/data/app#password",
  };
}

/** The pod's identity, from the downward API. */
const POD_ENV = Object.entries({
  POD_NAME: "metadata.name",
  POD_NAMESPACE: "metadata.namespace",
  NODE_NAME: "spec.nodeName",
}).map(([name, fieldPath]) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
}));

function named(env: Readonly<Record<string, string>>) {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** As in deploy/examples. */
function described(name: string) {
  return {
    labels: { app: name, "cloudtaser.io/protected": "true" },
    annotations: {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8199",
    },
  };
}

/** One pod, as JSON. */
export function pod(
  vault: ClusterVault,
  name: string,
  options: PodOptions,
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE, ...described(name) },
    spec: podSpec(vault, options),
  });
}

/** A Deployment of one replica, as JSON. */
export function deployment(vault: ClusterVault, name: string): string {
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: described(name), spec: podSpec(vault, {}) },
    },
  });
}
