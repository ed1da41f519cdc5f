/**
 * Three real OpenBao nodes with raft storage on loopback: one is active, the
 * others are standbys. Ends only the processes it started.
 */
import { type Certificates, makeCertificates } from "./certificates.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free_port.ts";
import { installOpenBao } from "./openbao_install.ts";
import {
  type ApiAnswer,
  ApiClient,
  type ApiOptions,
  succeed,
} from "./vault_server.ts";

/** One server of the cluster. */
export interface Node {
  readonly address: string;
  readonly process: Deno.ChildProcess;
}

/** `await using` ends it. */
export class OpenBaoCluster implements AsyncDisposable {
  readonly caFile: string;
  rootToken = "";
  readonly nodes: Node[] = [];
  readonly #dir: string;
  readonly #binary: string;
  readonly #certificates: Certificates;
  readonly #ca: string;

  private constructor(dir: string, binary: string) {
    this.#dir = dir;
    this.#binary = binary;
    this.#certificates = makeCertificates(dir);
    this.caFile = this.#certificates.caFile;
    this.#ca = Deno.readTextFileSync(this.caFile);
  }

  /** Starts three nodes, and waits until the second and third follow the first. */
  static async start(): Promise<OpenBaoCluster> {
    const binary = await installOpenBao();
    const dir = await Deno.makeTempDir({ prefix: "openbao-cluster-" });
    const cluster = new OpenBaoCluster(dir, binary);
    try {
      for (const name of ["a", "b", "c"]) cluster.#spawn(name);
      await cluster.#form();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** One request to the node that is active, or to the one that is named. */
  async api(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions & { readonly node?: Node },
  ): Promise<ApiAnswer> {
    const node = options?.node ?? await this.leader();
    const client = new ApiClient(node.address, this.rootToken, this.#ca);
    try {
      return await client.request(method, path, body, options);
    } finally {
      client.close();
    }
  }

  /** The active node, once there is one. */
  async leader(): Promise<Node> {
    const find = async () => {
      const healths = await Promise.all(this.nodes.map((n) => this.health(n)));
      return this.nodes[healths.indexOf(200)];
    };
    const node = await eventually(find, (found) => found !== undefined);
    if (!node) throw new Error("no node is active");
    return node;
  }

  /** Status of sys/health: 200 active, 429 standby, 501 new, 503 sealed; 0 for no answer. */
  async health(node: Node): Promise<number> {
    try {
      return (await this.api("GET", "sys/health", undefined, { node })).status;
    } catch {
      return 0;
    }
  }

  /** Kills one node for good. */
  async kill(node: Node): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    node.process.kill("SIGKILL");
    await node.process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.nodes]) await this.kill(node);
    await Deno.remove(this.#dir, { recursive: true });
  }

  #spawn(name: string): void {
    const port = freePort();
    const address = `https://127.0.0.1:${port}`;
    const { certFile, keyFile } = this.#certificates.server;
    Deno.mkdirSync(`${this.#dir}/${name}`);
    Deno.writeTextFileSync(
      `${this.#dir}/${name}.hcl`,
      `
ui = false
log_file = "${this.#dir}/${name}.log"
api_addr = "${address}"
cluster_addr = "https://127.0.0.1:${port + 1}"
storage "raft" {
  path = "${this.#dir}/${name}"
  node_id = "${name}"
}
listener "tcp" {
  address = "${new URL(address).host}"
  cluster_address = "127.0.0.1:${port + 1}"
  tls_cert_file = "${certFile}"
  tls_key_file = "${keyFile}"
}
`,
    );
    const process = new Deno.Command(this.#binary, {
      args: ["server", `-config=${this.#dir}/${name}.hcl`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.nodes.push({ address, process });
  }

  async #form(): Promise<void> {
    const [first, ...others] = this.nodes;
    if (!first) throw new TypeError("no node");
    for (const node of this.nodes) await this.#until(node, 501);
    const key = await this.#initialise(first);
    for (const node of others) {
      const request = {
        leader_api_addr: first.address,
        leader_ca_cert: this.#ca,
      };
      succeed(
        await this.api("PUT", "sys/storage/raft/join", request, { node }),
      );
      await eventually(
        () => this.api("PUT", "sys/unseal", { key }, { node }),
        (answer) => answer.status < 300,
      );
      await this.#until(node, 429);
    }
    await this.#makeVoters(first);
  }

  /** A node that has just joined has no vote for ten seconds: nobody would be elected. */
  async #makeVoters(node: Node): Promise<void> {
    const autopilot = "sys/storage/raft/autopilot/configuration";
    const body = { server_stabilization_time: "1s" };
    succeed(await this.api("POST", autopilot, body, { node }));
    const path = "sys/storage/raft/configuration";
    await eventually(
      () => this.api("GET", path, undefined, { node }),
      ({ body }) =>
        body.data?.config.servers.every((s: { voter: boolean }) => s.voter) ??
          false,
    );
  }

  async #initialise(node: Node): Promise<string> {
    const request = { secret_shares: 1, secret_threshold: 1 };
    const answer = succeed(
      await this.api("PUT", "sys/init", request, { node }),
    );
    this.rootToken = answer.body.root_token;
    const [key] = answer.body.keys;
    succeed(await this.api("PUT", "sys/unseal", { key }, { node }));
    await this.#until(node, 200);
    return key;
  }

  async #until(node: Node, status: number): Promise<void> {
    await eventually(() => this.health(node), (seen) => seen === status);
  }
}
