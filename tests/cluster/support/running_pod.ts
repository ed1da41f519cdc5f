/** A pod of the tests that runs in the cluster, and is gone afterwards. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
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

  /** Creates it; nothing is waited for. */
  static async create(
    cluster: Cluster,
    name: string,
    options: PodOptions,
  ): Promise<RunningPod> {
    await cluster.apply(pod(name, options));
    return new RunningPod(cluster, name);
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

  /** What `kubectl logs` prints. */
  async log(...more: string[]): Promise<string> {
    const words = ["logs", this.name, WHERE, ...more];
    const { stdout, stderr } = await this.#cluster.tryKubectl(words);
    return stdout || stderr;
  }

  /** Runs a command in it. */
  exec(...command: string[]): Promise<string> {
    return this.#cluster.kubectl("exec", this.name, WHERE, "--", ...command);
  }

  /** A page of its status server, through the API server. */
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  async page(path: string): Promise<any> {
    const answer = await this.#cluster.page(NAMESPACE, this.name, 8199, path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    return answer.body ?? answer.text;
  }

  /** One field of its status, by jsonpath. */
  async field(path: string): Promise<string> {
    const output = `--output=jsonpath={${path}}`;
    return await this.#cluster.kubectl("get", "pod", this.name, WHERE, output);
  }

  /** Deletes it as people do, and waits until it is gone. */
  async delete(): Promise<void> {
    await this.#cluster.kubectl("delete", "pod", this.name, WHERE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const now = ["--ignore-not-found", "--grace-period=0", "--force"];
    await this.#cluster.kubectl("delete", "pod", this.name, WHERE, ...now);
  }
}
