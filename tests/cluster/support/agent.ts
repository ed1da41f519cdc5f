/** The agent of deploy/manifests in the cluster, unchanged: it uses the backends of this kernel. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { WRAPPER } from "../../support/wrapper.ts";
import { appliedManifests, SYSTEM } from "./deployed.ts";
import { processesOf } from "./pod_processes.ts";

/** Exit status of `agent --check` when a backend blocks attacks before they happen. */
const REFUSES = 0;

const PODS = `/api/v1/namespaces/${SYSTEM}/pods`;

/** Whether the agent can block attacks on this kernel, or only kill afterwards. */
export function enforcesHere(): boolean {
  const check = new Deno.Command(WRAPPER, { args: ["agent", "--check"] });
  return check.outputSync().code === REFUSES;
}

/** A running agent, one pod of a DaemonSet; `await using` deletes it. */
export class DeployedAgent implements AsyncDisposable {
  /** Whether it blocks attacks on this kernel, or only kills afterwards. */
  readonly enforces: boolean;
  readonly #cluster: Cluster;
  readonly #manifests: AsyncDisposable;

  private constructor(
    cluster: Cluster,
    manifests: AsyncDisposable,
    enforces: boolean,
  ) {
    this.#cluster = cluster;
    this.#manifests = manifests;
    this.enforces = enforces;
  }

  /** Applies agent.yaml and production.yaml and waits until the agent is ready. */
  static async start(cluster: Cluster): Promise<DeployedAgent> {
    const enforces = enforcesHere();
    const manifests = await appliedManifests(
      cluster,
      "agent.yaml",
      "production.yaml",
    );
    const deployed = new DeployedAgent(cluster, manifests, enforces);
    await deployed.isReady();
    return deployed;
  }

  /** Waits until the DaemonSet is rolled out. */
  async isReady(): Promise<void> {
    const what = ["rollout", "status", "daemonset/cloudtaser-agent"];
    await this.#cluster.kubectl(...what, `-n=${SYSTEM}`, "--timeout=60s");
  }

  /** Removes it from the node until `comesBack()`, longer than a restart would take. */
  async leaves(): Promise<void> {
    await this.#wantNode({ nowhere: "true" });
  }

  /** Waits until it is ready again. */
  async comesBack(): Promise<void> {
    await this.#wantNode({ nowhere: null });
    await this.isReady();
  }

  async #wantNode(nodeSelector: Record<string, string | null>): Promise<void> {
    const patch = JSON.stringify({
      spec: { template: { spec: { nodeSelector } } },
    });
    const what = ["patch", "daemonset/cloudtaser-agent", `-n=${SYSTEM}`];
    await this.#cluster.kubectl(...what, "--type=merge", `-p=${patch}`);
  }

  /** Name of its pod. */
  async pod(): Promise<string> {
    const { body } = await this.#cluster.api.request("GET", PODS);
    return body.items[0].metadata.name;
  }

  /** Its log. */
  async log(): Promise<string> {
    const path = `${PODS}/${await this.pod()}/log`;
    return (await this.#cluster.api.request("GET", path)).text;
  }

  /** Capability bounding sets of its processes, without the pause process. */
  async capabilities(): Promise<string[]> {
    const { body } = await this.#cluster.api.request("GET", PODS);
    const uid: string = body.items[0].metadata.uid;
    return processesOf(uid)
      .map((pid) => Deno.readTextFileSync(`/proc/${pid}/status`))
      .map((status) => /^CapBnd:\s+(\w+)$/m.exec(status)?.[1] ?? "");
  }

  /** A page of it, through the API server. */
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  async page(path: string): Promise<any> {
    const pod = await this.pod();
    const answer = await this.#cluster.page(SYSTEM, pod, 8198, path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    return answer.body ?? answer.text;
  }

  /** As root on the node, reads the environment of the first protected process. @returns the result */
  async attack(): Promise<Deno.CommandOutput> {
    const { processTrees } = await this.page("/v1/status");
    const [{ pid }] = processTrees.list;
    const args = ["-c1", `/proc/${pid}/environ`];
    return await new Deno.Command("head", { args }).output();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#manifests[Symbol.asyncDispose]();
  }
}
