/**
 * A real OpenBao server for the tests: TLS, raft storage in a temporary
 * directory, initialised and unsealed. Ends only the process it started.
 */
import {
  type Certificates,
  type IdentityFiles,
  makeCertificates,
} from "./certificates.ts";
import { freePort } from "./free_port.ts";
import { installOpenBao } from "./openbao_install.ts";
import {
  type ApiAnswer,
  ApiClient,
  type ApiOptions,
  succeed,
  type VaultServer,
} from "./vault_server.ts";

const READY_MS = 20_000;

/** OpenBao 2.7.2; also `await using`. */
export class OpenBao implements VaultServer {
  readonly name = "OpenBao";
  readonly address: string;
  readonly expiredAddress: string;
  readonly wrongNameAddress: string;
  readonly caFile: string;
  readonly certificates: Certificates;
  rootToken = "";
  readonly #dir: string;
  readonly #binary: string;
  #unsealKey = "";
  #process: Deno.ChildProcess | undefined;
  #client: ApiClient;

  private constructor(dir: string, binary: string) {
    this.#dir = dir;
    this.#binary = binary;
    this.address = `https://127.0.0.1:${freePort()}`;
    this.expiredAddress = `https://127.0.0.1:${freePort()}`;
    this.wrongNameAddress = `https://127.0.0.1:${freePort()}`;
    this.certificates = makeCertificates(dir);
    this.caFile = this.certificates.caFile;
    this.#client = this.#makeClient();
  }

  /** Starts, initialises and unseals a new server. */
  static async start(): Promise<OpenBao> {
    const binary = await installOpenBao();
    const dir = await Deno.makeTempDir({ prefix: "openbao-" });
    const server = new OpenBao(dir, binary);
    Deno.mkdirSync(`${dir}/data`);
    Deno.writeTextFileSync(`${dir}/bao.hcl`, server.#configuration());
    server.#spawn();
    try {
      await server.#initialise();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Process id of the server; 0 when it does not run. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  api(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer> {
    return this.#client.request(method, path, body, options);
  }

  async seal(): Promise<void> {
    succeed(await this.api("PUT", "sys/seal"));
  }

  async unseal(): Promise<void> {
    succeed(await this.api("PUT", "sys/unseal", { key: this.#unsealKey }));
    await this.#until(200);
  }

  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process) return;
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself; whoever waits for it says why.
    }
    await process.status;
  }

  async restart(options: { readonly sealed?: boolean } = {}): Promise<void> {
    await this.kill();
    this.#spawn();
    await this.#until(503);
    if (!options.sealed) await this.unseal();
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#client.close();
    await Deno.remove(this.#dir, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #makeClient(): ApiClient {
    const ca = Deno.readTextFileSync(this.caFile);
    return new ApiClient(this.address, this.rootToken, ca);
  }

  #spawn(): void {
    this.#process = new Deno.Command(this.#binary, {
      args: ["server", `-config=${this.#dir}/bao.hcl`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async #initialise(): Promise<void> {
    await this.#until(501);
    const request = { secret_shares: 1, secret_threshold: 1 };
    const answer = succeed(await this.api("PUT", "sys/init", request));
    this.#unsealKey = answer.body.keys[0];
    this.rootToken = answer.body.root_token;
    this.#client.close();
    this.#client = this.#makeClient();
    await this.unseal();
  }

  /** Waits for this status of sys/health: 501 new, 503 sealed, 200 active. */
  async #until(status: number): Promise<void> {
    const limit = Date.now() + READY_MS;
    let last = "no answer";
    while (Date.now() < limit) {
      last = await this.#health();
      if (last === String(status)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const log = Deno.readTextFileSync(`${this.#dir}/bao.log`).slice(-2000);
    throw new Error(`OpenBao: ${last} instead of ${status}\n${log}`);
  }

  async #health(): Promise<string> {
    try {
      return String((await this.api("GET", "sys/health")).status);
    } catch (error) {
      return String(error);
    }
  }

  #configuration(): string {
    const { server, expired, wrongName } = this.certificates;
    return `
ui = false
log_file = "${this.#dir}/bao.log"
api_addr = "${this.address}"
cluster_addr = "https://127.0.0.1:${freePort()}"
storage "raft" {
  path = "${this.#dir}/data"
  node_id = "one"
  performance_multiplier = 1
}
${listener(this.address, server)}
${listener(this.expiredAddress, expired)}
${listener(this.wrongNameAddress, wrongName)}
`;
  }
}

function listener(address: string, shown: IdentityFiles): string {
  return `listener "tcp" {
  address = "${new URL(address).host}"
  tls_cert_file = "${shown.certFile}"
  tls_key_file = "${shown.keyFile}"
}`;
}
