/** A real OpenBao on this host for the virtual machines: their `localhost` reaches the host. */
import { post } from "../../tools/openbao/api.ts";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";

/** Has one random secret; `await using` stops it. */
export class GuestVault implements AsyncDisposable {
  /** Path of the secret. */
  readonly path = "secret/data/app";
  readonly secret: string;
  readonly token: string;
  readonly #server: OpenBao;

  private constructor(server: OpenBao, secret: string, token: string) {
    this.#server = server;
    this.secret = secret;
    this.token = token;
  }

  static async start(): Promise<GuestVault> {
    const server = await OpenBao.start();
    await setUpSecrets(server);
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    const secret = `ct-${bytes.toHex()}`;
    await post(server, "secret/data/app", { data: { password: secret } });
    return new GuestVault(server, secret, await makeToken(server));
  }

  get address(): string {
    return `https://localhost:${new URL(this.#server.address).port}`;
  }

  get caFile(): string {
    return this.#server.caFile;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
  }
}
