/** The development Vault in the form in which the tests use any Vault. */
import {
  type DevVault,
  type DevVaultOptions,
  type Identity,
  startDevVault,
} from "../../tools/devvault/mod.ts";
import {
  type Certificates,
  type IdentityFiles,
  makeCertificates,
} from "./certificates.ts";
import {
  type ApiAnswer,
  ApiClient,
  type ApiOptions,
  type VaultServer,
} from "./vault_server.ts";

/** The development Vault with the tests' certificates; `dev` breaks it. */
export class DevVaultServer implements VaultServer {
  readonly name = "dev Vault";
  readonly dev: DevVault;
  readonly certificates: Certificates;
  readonly #client: ApiClient;

  private constructor(dev: DevVault, certificates: Certificates) {
    this.dev = dev;
    this.certificates = certificates;
    const ca = Deno.readTextFileSync(certificates.caFile);
    this.#client = new ApiClient(dev.address, dev.rootToken, ca);
  }

  /** Starts one without engines, as a fresh OpenBao is. */
  static async start(options: DevVaultOptions = {}): Promise<DevVaultServer> {
    const dir = await Deno.makeTempDir({ prefix: "devvault-test-" });
    const certificates = makeCertificates(dir);
    const dev = await startDevVault({
      bare: true,
      identity: {
        ...load(certificates.server),
        caFile: certificates.caFile,
      },
      alsoAs: [load(certificates.expired), load(certificates.wrongName)],
      ...options,
    });
    return new DevVaultServer(dev, certificates);
  }

  get address(): string {
    return this.dev.address;
  }

  get expiredAddress(): string {
    return this.dev.alsoAt[0] ?? "";
  }

  get wrongNameAddress(): string {
    return this.dev.alsoAt[1] ?? "";
  }

  get caFile(): string {
    return this.certificates.caFile;
  }

  get rootToken(): string {
    return this.dev.rootToken;
  }

  api(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer> {
    return this.#client.request(method, path, body, options);
  }

  seal(): Promise<void> {
    this.dev.seal();
    return Promise.resolve();
  }

  unseal(): Promise<void> {
    this.dev.unseal();
    return Promise.resolve();
  }

  kill(): Promise<void> {
    return this.dev.kill();
  }

  async restart(options: { readonly sealed?: boolean } = {}): Promise<void> {
    await this.dev.restart();
    if (!options.sealed) this.dev.unseal();
  }

  async stop(): Promise<void> {
    await this.dev.stop();
    this.#client.close();
    await Deno.remove(this.certificates.dir, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function load(files: IdentityFiles): Identity {
  return {
    cert: Deno.readTextFileSync(files.certFile),
    key: Deno.readTextFileSync(files.keyFile),
  };
}
