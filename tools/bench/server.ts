/**
 * The real OpenBao of the benchmark, with TLS on loopback: three secrets in one
 * path, and any number of paths with one secret each.
 */
import { post } from "../openbao/api.ts";
import { makeToken, setUpSecrets } from "../openbao/secrets.ts";
import { OpenBao } from "../openbao/server.ts";

const PARALLEL_WRITES = 16;

/** A secret: where it is, and the variable that the application must receive. */
export interface Secret {
  readonly variable: string;
  readonly path: string;
  readonly field: string;
  readonly value: string;
}

const THREE_PATH = "secret/data/three";

/** Three secrets of one path; all are text, because vals takes no numbers. */
const THREE: readonly Secret[] = ([
  ["DB_USER", "username", "app-user"],
  ["DB_PASSWORD", "password", "s3cr3t-p4ss"],
  ["DB_PORT", "port", "5432"],
] as const).map(([variable, field, value]) => {
  return { variable, path: THREE_PATH, field, value };
});

/** An OpenBao with the secrets that are measured. */
export class BenchServer implements AsyncDisposable {
  readonly #bao: OpenBao;
  /** Of an hour: it is not renewed during the benchmark. */
  readonly token: string;
  readonly three = THREE;

  private constructor(bao: OpenBao, token: string) {
    this.#bao = bao;
    this.token = token;
  }

  static async start(): Promise<BenchServer> {
    const bao = await OpenBao.start();
    try {
      await setUpSecrets(bao);
      const fields = THREE.map(({ field, value }) => [field, value]);
      await post(bao, THREE_PATH, { data: Object.fromEntries(fields) });
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

  /** A token that ends unless it is renewed within these seconds. */
  makePeriodicToken(seconds: number): Promise<string> {
    return makeToken(this.#bao, { period: `${seconds}s` });
  }

  /** Writes this number of paths with one secret each. */
  async writeMany(count: number): Promise<readonly Secret[]> {
    const secrets = Array.from({ length: count }, (_, at) => ({
      variable: `MANY_${at}`,
      path: `secret/data/many/${at}`,
      field: "value",
      value: `secret-value-${at}-${crypto.randomUUID()}`,
    }));
    const left = secrets.values();
    const write = async () => {
      for (const { path, value } of left) {
        await post(this.#bao, path, { data: { value } });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_WRITES }, write));
    return secrets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bao.stop();
  }
}
