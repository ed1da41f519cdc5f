/**
 * OpenBao with a secret and a token, and the environment of a wrapper that
 * delivers the secret. All tests of a file share the server.
 */
import { post } from "../../tools/openbao/api.ts";
import {
  APP_SECRET,
  makeToken,
  setUpSecrets,
} from "../../tools/openbao/secrets.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { openBaoForFile, vaultEnvironment } from "./openbao.ts";

/** Where `DB_PASSWORD` comes from. */
const PATH = "secret/data/app";

const openBao = openBaoForFile(async (server) => {
  await setUpSecrets(server);
  // Wrappers of other users read the authority's certificate too.
  await Deno.chmod(server.certificates.dir, 0o755);
});

/** `await using` releases what it started. */
export class TestVault implements AsyncDisposable {
  readonly server: OpenBao;
  readonly token: string;
  readonly #proxy: FaultProxy | undefined;

  private constructor(server: OpenBao, token: string, proxy?: FaultProxy) {
    this.server = server;
    this.token = token;
    this.#proxy = proxy;
  }

  /** Writes the secret again and makes a new token. */
  static async start(): Promise<TestVault> {
    return new TestVault(openBao(), await reset(openBao()));
  }

  /** The same behind a proxy, which records requests and makes them fail. */
  static async startWithProxy(): Promise<TestVault> {
    const server = openBao();
    const token = await reset(server);
    return new TestVault(server, token, await FaultProxy.start(server));
  }

  /** @throws TypeError without a proxy */
  get proxy(): FaultProxy {
    if (!this.#proxy) throw new TypeError("started without a proxy");
    return this.#proxy;
  }

  /** Environment with DB_PASSWORD and the token, changed by `more`. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      ...vaultEnvironment(this.#proxy ?? this.server, this.token),
      DB_PASSWORD: `vault:${PATH}#password`,
      CLOUDTASER_LOG_LEVEL: "debug",
      ...more,
    };
  }

  /** Writes a new version with this password. */
  async setPassword(password: string): Promise<void> {
    await post(this.server, PATH, { data: { password } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
  }
}

async function reset(server: OpenBao): Promise<string> {
  await post(server, PATH, { data: APP_SECRET });
  return await makeToken(server);
}
