/**
 * Debian's Prometheus in the cluster: the deployment of
 * deploy/examples/prometheus with the alerts of the chart, the test's image, and
 * a scrape interval of one second. Debian builds it without
 * `kubernetes_sd_configs`, so the test writes the targets with the labels that
 * service discovery would give them.
 */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { unpackPrometheus } from "../../../tools/cluster/debian.ts";
import { CHART } from "../../../tools/cluster/manifests.ts";
import { makeRoot } from "../../../tools/roots.ts";
import { applied } from "./deployed.ts";

const NAMESPACE = "monitoring";
const IMAGE = "localhost/prometheus:1";
const EXAMPLE = new URL(
  "../../../deploy/examples/prometheus/prometheus.yaml",
  import.meta.url,
);

/** One series of a result. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A running Prometheus; `await using` deletes it with its namespace. */
export class Prometheus implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #pod: string;
  readonly #manifests: AsyncDisposable;

  private constructor(
    cluster: Cluster,
    pod: string,
    manifests: AsyncDisposable,
  ) {
    this.#cluster = cluster;
    this.#pod = pod;
    this.#manifests = manifests;
  }

  /** Builds the image, applies the example and waits until it responds; it finds the pods that exist now. */
  static async start(cluster: Cluster): Promise<Prometheus> {
    const program = "/usr/bin/prometheus";
    await using root = await makeRoot("empty", {
      packages: ["libc6"],
      files: { [program]: `${await unpackPrometheus()}${program}` },
    });
    const layers = [root.path];
    await cluster.loadImages({ name: IMAGE, layers, entrypoint: [program] });
    const example = (await Deno.readTextFile(EXAMPLE))
      .replace(/image: \S+/, `image: ${IMAGE}`)
      .replace(/(scrape|evaluation)_interval: 30s/g, "$1_interval: 1s")
      .replace(
        /kubernetes_sd_configs:\n +- role: pod\n/,
        `static_configs: ${JSON.stringify(await discover(cluster))}\n`,
      );
    const manifests = await applied(cluster, example);
    await applyAlerts(cluster);
    const where = `--namespace=${NAMESPACE}`;
    const words = ["rollout", "status", "deployment/prometheus", where];
    await cluster.kubectl(...words, "--timeout=60s");
    const name = "--output=jsonpath={.items[0].metadata.name}";
    const pod = await cluster.kubectl("get", "pods", where, name);
    return new Prometheus(cluster, pod, manifests);
  }

  /** An instant query. @throws {Error} with Prometheus' message */
  async query(expression: string): Promise<Series[]> {
    const words = new URLSearchParams({ query: expression });
    const { result, resultType } = await this.#get(`/api/v1/query?${words}`);
    if (resultType !== "vector") {
      throw new Error(`${expression}: ${resultType}`);
    }
    return result.map((
      { metric, value }: {
        metric: Record<string, string>;
        value: [number, string];
      },
    ) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Its alert rules, by name. */
  async rules(): Promise<Map<string, { health: string; state: string }>> {
    const { groups } = await this.#get("/api/v1/rules");
    // deno-lint-ignore no-explicit-any -- JSON of another program
    const rules = groups.flatMap((group: any) => group.rules);
    // deno-lint-ignore no-explicit-any -- the same
    return new Map(rules.map((rule: any) => [rule.name, rule]));
  }

  // deno-lint-ignore no-explicit-any -- JSON of another program
  async #get(path: string): Promise<any> {
    const page = this.#cluster.page(NAMESPACE, this.#pod, 9090, path);
    const { status, body, text } = await page;
    if (status !== 200 || body?.status !== "success") {
      throw new Error(`${path}: ${status} ${text}`);
    }
    return body.data;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#manifests[Symbol.asyncDispose]();
  }
}

/** Every pod, as Prometheus' own discovery describes it: labels as its documentation has them. */
async function discover(cluster: Cluster): Promise<unknown[]> {
  const pods = await cluster.kubectl(
    "get",
    "pods",
    "--all-namespaces",
    "-ojson",
  );
  return JSON.parse(pods).items.map((
    // deno-lint-ignore no-explicit-any -- JSON of another program
    { metadata, spec, status }: any,
  ) => ({
    targets: [`${status.podIP}:80`],
    labels: {
      __meta_kubernetes_namespace: metadata.namespace,
      __meta_kubernetes_pod_name: metadata.name,
      __meta_kubernetes_pod_node_name: spec.nodeName,
      __meta_kubernetes_pod_ip: status.podIP,
      __meta_kubernetes_pod_phase: status.phase,
      ...Object.fromEntries(
        Object.entries(metadata.annotations ?? {}).map(([name, value]) => [
          `__meta_kubernetes_pod_annotation_${name.replaceAll(/\W/g, "_")}`,
          value,
        ]),
      ),
    },
  }));
}

/** As in the header of the example. */
async function applyAlerts(cluster: Cluster): Promise<void> {
  const from = `--from-file=alerts.yaml=${CHART}/files/alerts.yaml`;
  const words = ["create", "configmap", "cloudtaser-alerts", from];
  await cluster.kubectl(`--namespace=${NAMESPACE}`, ...words);
}
