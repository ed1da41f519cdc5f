/**
 * A namespace with the label `cloudtaser.io/inject`, as docs/POLICY.md sets it
 * up: policies, parameters, the agent's claim and a role in a real Vault. It is
 * under the restricted Pod Security Standard.
 */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { post } from "../../../tools/openbao/api.ts";
import { eventually } from "../../support/eventually.ts";
import { policiesTakeEffect, tryApply } from "./admission.ts";
import type { ClusterVault } from "./cluster_vault.ts";
import { applied, readManifest } from "./deployed.ts";
import { WRAPPER_IMAGE } from "./production.ts";
import { makePod, SHOP } from "./unchanged.ts";

const LABEL = "cloudtaser.io/inject";
const STANDARD = "pod-security.kubernetes.io/enforce";

const NAMESPACE = `
apiVersion: v1
kind: Namespace
metadata:
  name: ${SHOP}
  labels: { ${STANDARD}: restricted }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: orders, namespace: ${SHOP} }
`;

/** Data of the ConfigMap. */
export type Parameters = Readonly<Record<string, string>>;

/** `await using` removes label, parameters and policies. */
export class LabelledNamespace implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #required: Parameters;
  readonly #applied: AsyncDisposable[];

  private constructor(
    cluster: Cluster,
    required: Parameters,
    applied: AsyncDisposable[],
  ) {
    this.#cluster = cluster;
    this.#required = required;
    this.#applied = applied;
  }

  /** Sets everything up; `parameters` are beside those that say where Vault is. */
  static async create(
    vault: ClusterVault,
    parameters: Parameters = {},
  ): Promise<LabelledNamespace> {
    const { cluster } = vault;
    // It stays, so that the API server goes on reading parameters (docs/POLICY.md, "Remove").
    await cluster.apply(await readManifest("policy-anchor.yaml"));
    const claim = await readManifest("production.yaml");
    const objects = [
      NAMESPACE,
      claim.replaceAll("production", SHOP),
      configMap("vault-ca", {
        "ca.crt": await Deno.readTextFile(vault.server.caFile),
      }),
      await readManifest("policy.yaml"),
    ];
    const namespace = new LabelledNamespace(cluster, {
      image: WRAPPER_IMAGE,
      vaultAddr: vault.address,
      vaultCaConfigMap: "vault-ca",
      vaultAudience: "vault",
    }, [await applied(cluster, ...objects)]);
    await setUpRole(vault);
    await policiesTakeEffect(cluster);
    await namespace.label();
    await namespace.set(parameters);
    return namespace;
  }

  /** Sets the parameters; what is not named has its default. Waits until they are in force. */
  async set(parameters: Parameters): Promise<void> {
    const marker = `MARKER_${crypto.randomUUID().replaceAll("-", "")}`;
    const data = {
      secretPatterns: "*PASSWORD*",
      ...this.#required,
      ...parameters,
    };
    const patterns = `${data.secretPatterns},${marker}`;
    await this.#cluster.apply(
      configMap("cloudtaser", { ...data, secretPatterns: patterns }),
    );
    const probe = makePod("probe", { env: [{ name: marker, value: "x" }] });
    await eventually(
      () => this.ask(probe),
      ({ refusal, warnings }) => (refusal + warnings).includes(marker),
    );
  }

  /** Takes the Pod Security Standard off, until the end of `await using`. */
  async withoutPodSecurity(): Promise<AsyncDisposable> {
    await this.#label(`${STANDARD}=privileged`);
    const back = () => this.#label(`${STANDARD}=restricted`);
    return { [Symbol.asyncDispose]: back };
  }

  /** Puts the label on the namespace. */
  async label(): Promise<void> {
    await this.#label(`${LABEL}=enabled`);
  }

  /** Takes it off. */
  async unlabel(): Promise<void> {
    await this.#label(`${LABEL}-`);
  }

  async #label(change: string): Promise<void> {
    const words = ["label", "namespace", SHOP, "--overwrite", change];
    await this.#cluster.kubectl(...words);
  }

  /** What the API server would do with these manifests. */
  ask(...manifests: readonly object[]) {
    const list = { apiVersion: "v1", kind: "List", items: manifests };
    return tryApply(this.#cluster, JSON.stringify(list), { dryRun: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unlabel();
    for (const one of this.#applied) await one[Symbol.asyncDispose]();
    await policiesTakeEffect(this.#cluster);
  }
}

function configMap(name: string, data: Parameters): string {
  const metadata = { name, namespace: SHOP };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data,
  });
}

/** A role that the wrapper asks for when the parameters name none: the service account's name. */
async function setUpRole({ server }: ClusterVault): Promise<void> {
  await post(server, "auth/kubernetes/role/orders", {
    bound_service_account_names: ["orders"],
    bound_service_account_namespaces: [SHOP],
    audience: "vault",
    token_policies: ["app"],
    token_ttl: "1h",
  });
}
