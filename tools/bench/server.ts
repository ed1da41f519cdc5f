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

  /** What a wrapper needs to reach it; without the secrets to read. */
  get access(): Record<string, string> {
    return {
      VAULT_ADDR: this.#bao.address,
      VAULT_CACERT: this.#bao.caFile,
      VAULT_TOKEN: this.token,
      CLOUDTASER_LISTEN: "off",
    };
  }

  /** Three secrets of one path. */
  get three(): Record<string, string> {
    return {
      ...this.access,
      CLOUDTASER_SECRET_PATHS: "secret/data/app",
      CLOUDTASER_ENV_MAP: "username=DB_USER,password=DB_PASSWORD,port=DB_PORT",
    };
  }

  /** Writes `count` paths with one secret each. */
  async writeMany(count: number): Promise<void> {
    for (let from = 0; from < count; from += PARALLEL_WRITES) {
      const size = Math.min(PARALLEL_WRITES, count - from);
      await Promise.all(
        Array.from(
          { length: size },
          (_, i) =>
            post(this.#bao, `secret/data/many/${from + i}`, {
              data: {
                value: `secret-value-${from + i}-${crypto.randomUUID()}`,
              },
            }),
        ),
      );
    }
  }

  /** `count` of those paths. */
  many(count: number): Record<string, string> {
    const numbers = Array.from({ length: count }, (_, i) => i);
    return {
      ...this.access,
      CLOUDTASER_SECRET_PATHS: numbers.map((i) => `secret/data/many/${i}`)
        .join(","),
      CLOUDTASER_ENV_MAP: numbers.map((i) => `value=MANY_${i}`).join(";"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bao.stop();
  }
}
