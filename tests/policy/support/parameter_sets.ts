/** Parameters of namespaces for tests. */
import type { KubernetesObject } from "../../../src/policy/evaluate/inject.ts";

const REQUIRED = {
  image: "registry.example.com/cloudtaser-wrapper:0.1.0",
  vaultAddr: "https://vault.example.com:8200",
};

/** A ConfigMap `cloudtaser`. */
export function makeParameters(
  data: Readonly<Record<string, string>> = {},
): KubernetesObject & { readonly data: Readonly<Record<string, string>> } {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cloudtaser" },
    data: { ...REQUIRED, ...data },
  };
}

/** One for each way of delivery, of reaching the agent, and of telling. */
export const PARAMETER_SETS = {
  deny: makeParameters({
    mode: "deny",
    literalSecrets: "deny",
    vaultCaConfigMap: "vault-ca",
    vaultAudience: "vault",
    hostPaths: "/srv/data,/var/log/app",
    exemptions:
      "exporter metrics registry.example.com/exporter:*\nother default app:1",
  }),
  strict: makeParameters({
    mode: "deny",
    delivery: "image-volume",
    agentSocket: "hostPath",
    interpose: "auto",
    minimumScore: "75",
    requiredChecks: "memfd_secret,ebpf_connected",
    vaultRole: "app",
    vaultAuthMount: "auth/cluster-1",
    vaultNamespace: "team/app",
    statusPort: "9100",
    secretPatterns: "*pin",
    hostPaths: "/var/log",
  }),
  warn: makeParameters({
    hostPaths: "/var/log/app",
    agentSocket: "none",
    literalSecrets: "deny",
  }),
  audit: makeParameters({ mode: "audit", interpose: "require" }),
} as const;
