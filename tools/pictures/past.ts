/** A real Prometheus (Debian's) that remembers a made-up past, and answers. */
import { freePort } from "../../tests/support/free_port.ts";
import { unpackPrometheus } from "../cluster/debian.ts";

/** One line of an answer: its labels, and its values over time. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [time: number, value: number])[];
}

interface Result {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

/** `await using` ends it and forgets all. */
export class Past implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;
  readonly #address: string;

  private constructor(
    folder: string,
    process: Deno.ChildProcess,
    address: string,
  ) {
    this.#folder = folder;
    this.#process = process;
    this.#address = address;
  }

  /** @param history OpenMetrics text */
  static async start(history: string): Promise<Past> {
    const programs = `${await unpackPrometheus()}/usr/bin`;
    const folder = await Deno.makeTempDir({ prefix: "cloudtaser-past-" });
    await Deno.writeTextFile(`${folder}/history`, history);
    await Deno.writeTextFile(`${folder}/config.yml`, "scrape_configs: []\n");
    const words = ["tsdb", "create-blocks-from", "openmetrics"];
    const made = await new Deno.Command(`${programs}/promtool`, {
      args: [...words, `${folder}/history`, `${folder}/data`],
    }).output();
    if (!made.success) {
      throw new Error(new TextDecoder().decode(made.stderr));
    }
    const host = `127.0.0.1:${freePort()}`;
    const process = new Deno.Command(`${programs}/prometheus`, {
      args: [
        `--config.file=${folder}/config.yml`,
        `--storage.tsdb.path=${folder}/data`,
        "--storage.tsdb.retention.time=100y",
        `--web.listen-address=${host}`,
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const past = new Past(folder, process, `http://${host}`);
    await past.#wait();
    return past;
  }

  /** Over a time, or at its end when `step` is 0. */
  async ask(
    query: string,
    { start, end, step }: { start: number; end: number; step: number },
  ): Promise<Line[]> {
    const range = { start: `${start}`, end: `${end}`, step: `${step}` };
    const [path, times] = step === 0
      ? ["query", { time: `${end}` }]
      : ["query_range", range];
    const search = new URLSearchParams({ query, ...times });
    const response = await fetch(`${this.#address}/api/v1/${path}?${search}`);
    const { data, error } = await response.json();
    if (error) throw new Error(`${query}: ${error}`);
    return data.result.map(({ metric, value, values }: Result) => ({
      labels: metric,
      points: (values ?? (value ? [value] : []))
        .map(([time, text]) => [time, Number(text)] as const),
    }));
  }

  async #wait(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const { ok } = await fetch(`${this.#address}/-/ready`)
        .then(async (response) => {
          await response.body?.cancel();
          return response;
        }, () => ({ ok: false }));
      if (ok) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("Prometheus did not start");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
