/**
 * The real OpenBao of the benchmark, with TLS on loopback: three secrets in one
 * path, and any number of paths with one secret each.
 */
import { post } from "../openbao/api.ts";
import { APP_SECRET, makeToken, setUpSecrets } from "../openbao/secrets.ts";
import { OpenBao } from "../openbao/server.ts";

const PARALLEL_WRITES = 16;

/** A secret: where it is, and the variable that the application must receive. */
export interface Secret {
  readonly variable: string;
  readonly path: string;
  readonly field: string;
  readonly value: string;
}

/** Three secrets of one path. */
const THREE: readonly Secret[] = ([
  ["DB_USER", "username"],
  ["DB_PASSWORD", "password"],
  ["DB_PORT", "port"],
] as const).map(([variable, field]) => ({
  variable,
  path: "secret/data/app",
  field,
  value: String(APP_SECRET[field]),
}));

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
