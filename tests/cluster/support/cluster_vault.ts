/**
 * A real OpenBao next to the cluster. Its kubernetes method sends TokenReviews
 * to the API server of the cluster, with the role that Vault's documentation
 * names (system:auth-delegator).
 */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import type { ExposedPort } from "../../../tools/cluster/relay.ts";
import { post } from "../../../tools/openbao/api.ts";
import { setUpSecrets } from "../../../tools/openbao/secrets.ts";
import { OpenBao } from "../../../tools/openbao/server.ts";
import { NAMESPACE } from "./production.ts";

const REVIEWER = `
apiVersion: v1
kind: Namespace
metadata: { name: vault }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reviewer, namespace: vault }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: vault-reviewer }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:auth-delegator
subjects:
  - { kind: ServiceAccount, name: reviewer, namespace: vault }
`;

/** Lifetimes of its tokens. */
export interface VaultTimes {
  readonly ttl?: string;
  readonly maxTtl?: string;
}

/** `await using` stops the server and closes its port in the cluster. */
export class ClusterVault implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly server: OpenBao;
  readonly #port: ExposedPort;

  private constructor(cluster: Cluster, server: OpenBao, port: ExposedPort) {
    this.cluster = cluster;
    this.server = server;
    this.#port = port;
  }

  /** Starts one and makes a ConfigMap with its authority for pods. */
  static async start(
    cluster: Cluster,
    times: VaultTimes = {},
  ): Promise<ClusterVault> {
    const server = await OpenBao.start();
    const port = Number(new URL(server.address).port);
    const exposed = await cluster.expose(port);
    await setUpSecrets(server);
    await setUpKubernetes(cluster, server, times);
    const vault = new ClusterVault(cluster, server, exposed);
    await cluster.apply(JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: vault.caConfigMap, namespace: NAMESPACE },
      data: { "ca.pem": await Deno.readTextFile(server.caFile) },
    }));
    return vault;
  }

  /** Address for pods, which its certificate contains. */
  get address(): string {
    return `https://${this.#port.host}`;
  }

  /** Several may run at once, each with its own ConfigMap. */
  get caConfigMap(): string {
    return `vault-ca-${this.#port.host.replace(/.*:/, "")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port[Symbol.asyncDispose]();
    await this.server.stop();
  }
}

async function setUpKubernetes(
  cluster: Cluster,
  server: OpenBao,
  { ttl = "1h", maxTtl = "0" }: VaultTimes,
): Promise<void> {
  await cluster.apply(REVIEWER);
  const words = ["create", "token", "reviewer", "--namespace=vault"];
  const jwt = await cluster.kubectl(...words);
  await post(server, "sys/auth/kubernetes", { type: "kubernetes" });
  await post(server, "auth/kubernetes/config", {
    kubernetes_host: cluster.address,
    kubernetes_ca_cert: await Deno.readTextFile(cluster.files.pki("ca.crt")),
    token_reviewer_jwt: jwt.trim(),
  });
  await post(server, "auth/kubernetes/role/app", {
    bound_service_account_names: ["orders", "payments"],
    bound_service_account_namespaces: [NAMESPACE],
    audience: "vault",
    token_policies: ["app"],
    token_ttl: ttl,
    token_max_ttl: maxTtl,
  });
}
