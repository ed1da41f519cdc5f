/** Three OpenBao servers with raft storage on loopback: one is active, the others are standbys. */
import {
  type Api,
  type ApiAnswer,
  type ApiOptions,
  post,
} from "../../tools/openbao/api.ts";
import { makeCertificates } from "../../tools/openbao/certificates.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import { eventually } from "../support/eventually.ts";

/** `await using` ends it. */
export class OpenBaoCluster implements Api, AsyncDisposable {
  readonly caFile: string;
  readonly nodes: OpenBao[] = [];
  readonly #dir: string;

  private constructor(dir: string, caFile: string) {
    this.#dir = dir;
    this.caFile = caFile;
  }

  /** Starts three nodes and waits until all of them vote. */
  static async start(): Promise<OpenBaoCluster> {
    const parent = await Deno.makeTempDir({ prefix: "openbao-cluster-" });
    const certificates = makeCertificates(parent);
    // The tests need seconds without an active node.
    const options = { certificates, parent, performanceMultiplier: 5 };
    const cluster = new OpenBaoCluster(parent, certificates.caFile);
    try {
      for (let count = 0; count < 3; count++) {
        cluster.nodes.push(await OpenBao.launch(options));
      }
      await cluster.#form();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** One request to the active node. */
  async api(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer> {
    return await (await this.leader()).api(method, path, body, options);
  }

  /** Waits for an active node. */
  async leader(): Promise<OpenBao> {
    const find = async () => {
      const healths = await Promise.all(this.nodes.map((n) => n.health()));
      return this.nodes[healths.indexOf(200)];
    };
    const node = await eventually(find, (found) => found !== undefined);
    if (!node) throw new TypeError("no node is active");
    return node;
  }

  /** Ends one node and removes its data. */
  async kill(node: OpenBao): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    await node.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.nodes]) await this.kill(node);
    await Deno.remove(this.#dir, { recursive: true });
  }

  async #form(): Promise<void> {
    const [first, ...others] = this.nodes;
    if (!first) throw new TypeError("no node");
    await first.initialise();
    for (const node of others) await node.join(first);
    // A new node gets its vote after ten seconds by default; until then no other leader can be elected.
    const autopilot = "sys/storage/raft/autopilot/configuration";
    await post(first, autopilot, { server_stabilization_time: "1s" });
    await eventually(
      () => first.api("GET", "sys/storage/raft/configuration"),
      ({ body }) =>
        body.data?.config.servers.every((s: { voter: boolean }) => s.voter) ??
          false,
    );
  }
}
