/**
 * A real Kubernetes of one node for tests: etcd, API server, scheduler,
 * controllers, kubelet and containerd. It pulls no images, runs in a mount and a
 * network namespace of its own, and shares only loopback ports with the machine.
 *
 *   await using cluster = await Cluster.start();
 *   await cluster.kubectl("get", "nodes");
 */
import { step } from "../progress.ts";
import type { Answer } from "../json_request.ts";
import { exists } from "../cache.ts";
import { until } from "../until.ts";
import { Api } from "./api.ts";
import { type Image, writeImages } from "./image.ts";
import { buildKubernetes } from "./programs.ts";
import { ExposedPort } from "./relay.ts";
import { type Ran, run, tryRun } from "../run.ts";
import { Files, NODE, NODE_IP, type Running } from "./settings.ts";
import { importImage, prepare } from "./start_up.ts";

/** Where a cluster keeps its state, and how long it runs. */
export interface StartOptions {
  /** State directory, which must not exist; a new one in /tmp by default. */
  readonly state?: string;
  /** The process with which it ends; this one by default, 0: none. */
  readonly livesWith?: number;
}

/** A running cluster. */
export class Cluster implements AsyncDisposable, Disposable {
  /** Name of its node. */
  readonly node = NODE;
  /** How pods reach the node. */
  readonly nodeAddress = NODE_IP;
  /** `https://127.0.0.1:port` of the API server. */
  readonly address: string;
  readonly files: Files;
  readonly api: Api;
  readonly #kubectl: string;
  readonly #running: Running;

  private constructor(files: Files, running: Running, kubectl: string) {
    this.files = files;
    this.address = running.address;
    this.api = new Api(running.address, files);
    this.#running = running;
    this.#kubectl = kubectl;
  }

  /** Starts a new one. @throws {Error} with the log of the component that did not start */
  static async start(options: StartOptions = {}): Promise<Cluster> {
    if (Deno.uid() !== 0) throw new Error("A cluster needs root");
    await prepare();
    const state = options.state ??
      `/tmp/cloudtaser-cluster-${crypto.randomUUID().slice(0, 8)}`;
    await Deno.mkdir(state, { mode: 0o755 });
    const livesWith = options.livesWith ?? Deno.pid;
    await step("starting Kubernetes", () => startSupervisor(state, livesWith));
    return await Cluster.join(state);
  }

  /** Connects to a running one. @throws {Deno.errors.NotFound} when there is none */
  static async join(state: string): Promise<Cluster> {
    const files = new Files(state);
    const running = JSON.parse(await Deno.readTextFile(files.running));
    return new Cluster(files, running, `${await buildKubernetes()}/kubectl`);
  }

  /** Path of the administrator's kubeconfig. */
  get kubeconfig(): string {
    return this.files.kubeconfig;
  }

  /** Path of kubectl, of the cluster's version. */
  get kubectlPath(): string {
    return this.#kubectl;
  }

  /** Variables by which programs find the cluster. */
  get env(): Record<string, string> {
    return { KUBECONFIG: this.kubeconfig };
  }

  /** Runs kubectl and returns its status, whatever it is. */
  tryKubectl(args: readonly string[], input?: string): Promise<Ran> {
    return tryRun(this.#kubectl, args, {
      env: this.env,
      ...(input !== undefined && { input }),
    });
  }

  /** Runs kubectl and returns its output. @throws {Error} with its messages when it fails */
  kubectl(...args: string[]): Promise<string> {
    return run(this.#kubectl, args, { env: this.env });
  }

  /** Applies manifests: YAML or JSON text. */
  async apply(manifests: string): Promise<void> {
    const args = ["apply", "--filename=-"];
    await run(this.#kubectl, args, { env: this.env, input: manifests });
  }

  /** `kubectl wait`: `waitFor("pod/app", "condition=Ready")`. */
  async waitFor(
    what: string,
    condition: string,
    options: { readonly namespace?: string; readonly seconds?: number } = {},
  ): Promise<void> {
    const { namespace = "default", seconds = 60 } = options;
    const where = [`--namespace=${namespace}`, `--timeout=${seconds}s`];
    await this.kubectl("wait", what, `--for=${condition}`, ...where);
  }

  /** Makes images of folders, for pods on this node. */
  async loadImages(...images: readonly Image[]): Promise<void> {
    const archive = `${this.files.state}/${crypto.randomUUID()}.tar`;
    try {
      await writeImages(archive, images);
      await importImage(this.files, this.#running.holder, archive);
    } finally {
      await Deno.remove(archive).catch(() => {});
    }
  }

  /** Path of the API server's proxy to a pod's port. */
  proxyPath(namespace: string, pod: string, port: number, path = "/"): string {
    return `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`;
  }

  /** GET of a pod's page, through the API server. */
  page(
    namespace: string,
    pod: string,
    port: number,
    path: string,
  ): Promise<Answer> {
    const full = this.proxyPath(namespace, pod, port, path);
    return this.api.request("GET", full);
  }

  /** Lets pods reach a port of this machine's loopback, as `nodeAddress:port`. */
  expose(port: number): Promise<ExposedPort> {
    return ExposedPort.open(this.files, this.#running, {
      name: `port-${port}`,
      connect: `TCP:127.0.0.1:${port}`,
      listen: `TCP-LISTEN:${port},bind=${NODE_IP},reuseaddr`,
      on: "node",
    });
  }

  /** `using`: the cluster goes on until the process it lives with has ended. */
  [Symbol.dispose](): void {
    this.api[Symbol.dispose]();
  }

  /** `await using`: ends everything and waits until nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await endCluster(this.files.state);
  }
}

/** Ends the cluster of that state directory. @returns whether there was one */
export async function endCluster(state: string): Promise<boolean> {
  const files = new Files(state);
  try {
    const { supervisor } = JSON.parse(await Deno.readTextFile(files.running));
    const command = await Deno.readTextFile(`/proc/${supervisor}/cmdline`);
    if (command.includes(state)) Deno.kill(supervisor, "SIGTERM");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (!await exists(state)) return false;
  if (await until(15_000, async () => !await exists(state))) return true;
  throw new Error(`${state} is still there after 15 s`);
}

async function startSupervisor(state: string, livesWith: number) {
  const script = new URL("supervisor.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const deno = [Deno.execPath(), "run", "-A", `--config=${config}`];
  const supervisor = new Deno.Command("setsid", {
    args: [...deno, script, state, String(livesWith)],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let printed = "";
  for await (
    const text of supervisor.stdout.pipeThrough(new TextDecoderStream())
  ) {
    printed += text;
    if (printed.endsWith("ready\n")) return supervisor.unref();
  }
  throw new Error(`Kubernetes did not start: ${printed.trim()}`);
}
