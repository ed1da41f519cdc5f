/**
 * The real OpenBao of the benchmark, with TLS on loopback: three secrets in one
 * path, and any number of paths with one secret each.
 */
import { post } from "../openbao/api.ts";
import { makeToken, setUpSecrets } from "../openbao/secrets.ts";
import { OpenBao } from "../openbao/server.ts";

const PARALLEL_WRITES = 16;

/** The variables of the three secrets. */
export const THREE = ["DB_USER", "DB_PASSWORD", "DB_PORT"] as const;

/** An OpenBao with the secrets that are measured. */
export class BenchServer implements AsyncDisposable {
  readonly #bao: OpenBao;
  readonly token: string;

  private constructor(bao: OpenBao, token: string) {
    this.#bao = bao;
    this.token = token;
  }

  static async start(): Promise<BenchServer> {
    const bao = await OpenBao.start();
    try {
      await setUpSecrets(bao);
      return new BenchServer(bao, await makeToken(bao));
    } catch (error) {
      await bao.stop();
      throw error;
    }
  }

  get address(): string {
    return this.#bao.address;
  }

  get caFile(): string {
    return this.#bao.caFile;
  }

  /** The variables of a wrapper that reads these secrets. */
  #variables(paths: readonly string[], map: string): Record<string, string> {
    return {
      VAULT_ADDR: this.address,
      VAULT_CACERT: this.caFile,
      VAULT_TOKEN: this.token,
      CLOUDTASER_LISTEN: "off",
      CLOUDTASER_SECRET_PATHS: paths.join(","),
      CLOUDTASER_ENV_MAP: map,
    };
  }

  /** Three secrets of one path. */
  get three(): Record<string, string> {
    const map = "username=DB_USER,password=DB_PASSWORD,port=DB_PORT";
    return this.#variables(["secret/data/app"], map);
  }

  /** Writes `count` paths with one secret each. */
  async writeMany(count: number): Promise<void> {
    const write = async (at: number): Promise<void> => {
      if (at >= count) return;
      const value = `secret-value-${at}-${crypto.randomUUID()}`;
      await post(this.#bao, manyPath(at), { data: { value } });
      await write(at + PARALLEL_WRITES);
    };
    await Promise.all(
      Array.from({ length: PARALLEL_WRITES }, (_, i) => write(i)),
    );
  }

  /** `count` of those paths. */
  many(count: number): Record<string, string> {
    const numbers = Array.from({ length: count }, (_, i) => i);
    const map = numbers.map((i) => `value=MANY_${i}`).join(";");
    return this.#variables(numbers.map(manyPath), map);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bao.stop();
  }
}

function manyPath(at: number): string {
  return `secret/data/many/${at}`;
}
