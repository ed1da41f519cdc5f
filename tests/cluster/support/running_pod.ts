/** A pod in the cluster that is deleted after the test. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import type { ClusterVault } from "./cluster_vault.ts";
import { pod, type PodOptions } from "./pods.ts";
import { NAMESPACE } from "./production.ts";

const WHERE = `--namespace=${NAMESPACE}`;

/** `await using` deletes it at once. */
export class RunningPod implements AsyncDisposable {
  readonly name: string;
  readonly #cluster: Cluster;

  private constructor(cluster: Cluster, name: string) {
    this.#cluster = cluster;
    this.name = name;
  }

  get #path(): string {
    return `/api/v1/namespaces/${NAMESPACE}/pods/${this.name}`;
  }

  /** Creates the pod, without waiting. */
  static async create(
    vault: ClusterVault,
    name: string,
    options: PodOptions = {},
  ): Promise<RunningPod> {
    await vault.cluster.apply(pod(vault, name, options));
    return new RunningPod(vault.cluster, name);
  }

  /** Creates it, and waits until it is ready. */
  static async ready(
    ...arguments_: Parameters<typeof RunningPod.create>
  ): Promise<RunningPod> {
    const pod = await RunningPod.create(...arguments_);
    await pod.reaches("condition=Ready");
    return pod;
  }

  /** Waits, as `kubectl wait` does: `condition=Ready`. Throws with the log. */
  async reaches(condition: string, seconds = 60): Promise<void> {
    const options = { namespace: NAMESPACE, seconds };
    try {
      await this.#cluster.waitFor(`pod/${this.name}`, condition, options);
    } catch (cause) {
      throw new Error(`${condition}: ${await this.log()}`, { cause });
    }
  }

  /** Waits for its end: `Succeeded` or `Failed`. */
  ends(phase: "Succeeded" | "Failed"): Promise<void> {
    return this.reaches(`jsonpath={.status.phase}=${phase}`);
  }

  /** The log, by a direct request: kubectl would be slow for polling. */
  async log({ previous = false } = {}): Promise<string> {
    const path = `${this.#path}/log?previous=${previous}`;
    return (await this.#cluster.api.request("GET", path)).text;
  }

  /** Runs a command in it. */
  exec(...command: string[]): Promise<string> {
    return this.#cluster.kubectl("exec", this.name, WHERE, "--", ...command);
  }

  /** A page of its status server, through the API server. */
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  async page(path: string): Promise<any> {
    // The API server reaches a pod only after the kubelet has reported its address.
    await eventually(() => this.field(".status.podIP"), (ip) => ip !== "");
    const answer = await this.#cluster.page(NAMESPACE, this.name, 8199, path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    return answer.body ?? answer.text;
  }

  /** One field of it as text: `.metadata.uid`. */
  async field(path: string): Promise<string> {
    const { body } = await this.#cluster.api.request("GET", this.#path);
    const names = path.split(/[.\[\]]+/).filter((name) => name !== "");
    return String(names.reduce((value, name) => value?.[name], body) ?? "");
  }

  /** Verifies that the container never restarted. @throws with the log of the previous container */
  async neverRestarted(): Promise<void> {
    const count = await this.field(".status.containerStatuses[0].restartCount");
    if (count === "0") return;
    throw new Error(`${count} restarts: ${await this.log({ previous: true })}`);
  }

  /** Deletes the pod gracefully, and waits for its end. */
  async delete(): Promise<void> {
    await this.#cluster.kubectl("delete", "pod", this.name, WHERE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const now = ["--ignore-not-found", "--grace-period=0", "--force"];
    await this.#cluster.kubectl("delete", "pod", this.name, WHERE, ...now);
  }
}
