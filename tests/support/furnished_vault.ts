/** A development Vault with secrets and a token, and the environment of a wrapper that delivers one of them. */
import { vaultEnvironment } from "./both_vaults.ts";
import { DevVaultServer } from "./dev_vault.ts";
import { makeToken, post, setUpSecrets } from "./vault_setup.ts";

/** Where `DB_PASSWORD` comes from. */
const PATH = "secret/data/app";

/** `await using` stops the server. */
export class FurnishedVault implements AsyncDisposable {
  readonly server: DevVaultServer;
  readonly token: string;

  private constructor(server: DevVaultServer, token: string) {
    this.server = server;
    this.token = token;
  }

  static async start(): Promise<FurnishedVault> {
    const server = await DevVaultServer.start();
    await setUpSecrets(server);
    // Wrappers of other users read the authority's certificate too.
    await Deno.chmod(server.certificates.dir, 0o755);
    return new FurnishedVault(server, await makeToken(server));
  }

  /** Environment with DB_PASSWORD and the token, changed by `more`. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      ...vaultEnvironment(this.server, this.token),
      DB_PASSWORD: `vault:${PATH}#password`,
      CLOUDTASER_LOG_LEVEL: "debug",
      ...more,
    };
  }

  /** Writes a new version with this password. */
  async setPassword(password: string): Promise<void> {
    await post(this.server, PATH, { data: { password } });
  }

  /** From now on the secret is answered with this, or (undefined) as it is. */
  hang(isHanging: boolean): void {
    const { faults } = this.server.dev;
    faults.clear();
    if (isHanging) faults.add({ kind: "hang" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}
