/** The compiled agent on this machine, in places of its own: socket, pins, port. */
import { freePort } from "../../../tools/free_port.ts";
import { type NamedEnvironment, Wrapper } from "../wrapper.ts";

/** How to run it. */
export interface NodeAgentOptions {
  readonly args?: readonly string[];
  readonly env?: NamedEnvironment;
  /** A folder of the caller, from makeFolder(); by default one that goes with the agent. */
  readonly folder?: string;
}

/** A running agent; `await using` ends it. */
export class NodeAgent implements AsyncDisposable {
  /** Holds the socket, and `bpf`, a bpffs for the pins. */
  readonly folder: string;
  readonly process: Wrapper;
  readonly #port = freePort();
  readonly #ownsFolder: boolean;

  constructor(options: NodeAgentOptions = {}) {
    this.#ownsFolder = options.folder === undefined;
    this.folder = options.folder ?? makeFolder();
    this.process = new Wrapper({
      args: [
        "agent",
        `--socket=${this.socket}`,
        `--pins=${this.folder}/bpf/pins`,
        `--listen=127.0.0.1:${this.#port}`,
        ...options.args ?? [],
      ],
      timeoutMs: 120_000,
      ...(options.env && { env: options.env }),
    }, "off");
  }

  get socket(): string {
    return `${this.folder}/agent.sock`;
  }

  /** Waits until it enforces. */
  async ready(): Promise<void> {
    await this.process.waitForLog(/Enforcement: \d+ vectors active/);
    await this.process.waitForLog(/lock (on|off)/);
  }

  /** The process that it started. /proc has it without looking into anybody. */
  get enforcerPid(): number {
    const { pid } = this.process;
    const path = `/proc/${pid}/task/${pid}/children`;
    return Number(Deno.readTextFileSync(path).split(" ")[0]);
  }

  /** Text of one of its pages. */
  async page(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    return await response.text();
  }

  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  async status(): Promise<any> {
    return JSON.parse(await this.page("/v1/status"));
  }

  /** Every audit line so far. */
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  get audit(): any[] {
    return this.process.stderr.text.split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    if (this.#ownsFolder) removeFolder(this.folder);
  }
}

/** A place for an agent, with a bpffs of its own. */
export function makeFolder(): string {
  const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-agent-" });
  Deno.chmodSync(folder, 0o755);
  Deno.mkdirSync(`${folder}/bpf`);
  run("mount", "-t", "bpf", "bpf", `${folder}/bpf`);
  return folder;
}

/** Takes the place away, and with the bpffs all pins. */
export function removeFolder(folder: string): void {
  run("umount", `${folder}/bpf`);
  Deno.removeSync(folder, { recursive: true });
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
