/**
 * OpenBao with a secret and a token, behind a fault proxy, and the environment
 * of a wrapper that delivers the secret. All tests of a file share the server.
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

/** `await using` stops the proxy. */
export class FurnishedVault implements AsyncDisposable {
  readonly server: OpenBao;
  /** Between the wrapper and the server. */
  readonly proxy: FaultProxy;
  readonly token: string;

  private constructor(server: OpenBao, proxy: FaultProxy, token: string) {
    this.server = server;
    this.proxy = proxy;
    this.token = token;
  }

  /** Writes the secret again, and makes a new token and a new proxy. */
  static async start(): Promise<FurnishedVault> {
    const server = openBao();
    await post(server, PATH, { data: APP_SECRET });
    const token = await makeToken(server);
    return new FurnishedVault(server, await FaultProxy.start(server), token);
  }

  /** Environment with DB_PASSWORD and the token, changed by `more`. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      ...vaultEnvironment(this.proxy, this.token),
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
    await this.proxy[Symbol.asyncDispose]();
  }
}
