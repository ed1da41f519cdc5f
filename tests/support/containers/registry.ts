/**
 * A real registry (Debian's docker-registry, unpacked and not installed) on
 * loopback without TLS, which the configuration in `home` allows.
 */
import { freePort } from "../../../tools/free_port.ts";
import { makeRoot } from "../../../tools/roots.ts";
import type { TemporaryFolder } from "../../../tools/temporary_folder.ts";
import { eventually } from "../eventually.ts";

/** An empty registry; `await using` ends it. */
export class Registry implements AsyncDisposable {
  /** What the reader of a page calls REGISTRY. */
  readonly address: string;
  /** HOME of programs that push: it has the configuration. */
  readonly home: string;
  readonly #process: Deno.ChildProcess;
  readonly #root: TemporaryFolder;

  private constructor(root: TemporaryFolder, address: string) {
    this.#root = root;
    this.address = address;
    this.home = `${root.path}/home`;
    this.#process = new Deno.Command(`${root.path}/usr/bin/docker-registry`, {
      args: ["serve", `${root.path}/config.yml`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  static async start(): Promise<Registry> {
    const root = await makeRoot("empty", { packages: ["docker-registry"] });
    const address = `127.0.0.1:${freePort()}`;
    const storage = { filesystem: { rootdirectory: `${root.path}/images` } };
    const config = { version: 0.1, storage, http: { addr: address } };
    // JSON is YAML too.
    await Deno.writeTextFile(
      `${root.path}/config.yml`,
      JSON.stringify(config),
    );
    const containers = `${root.path}/home/.config/containers`;
    await Deno.mkdir(containers, { recursive: true });
    await Deno.writeTextFile(
      `${containers}/registries.conf`,
      `[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
    );
    const registry = new Registry(root, address);
    await eventually(
      () => registry.#get("/v2/").then(() => true, () => false),
      (isUp) => isUp,
    );
    return registry;
  }

  /** Tags of an image. */
  async tags(image: string): Promise<readonly string[]> {
    return JSON.parse(await this.#get(`/v2/${image}/tags/list`)).tags ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await this.#root[Symbol.asyncDispose]();
  }

  async #get(path: string): Promise<string> {
    return await (await fetch(`http://${this.address}${path}`)).text();
  }
}
