/** The compiled agent on this machine, with a socket, pins and a port of its own. */
import { freePort } from "../../../tools/free_port.ts";
import { run } from "../../../tools/run.ts";
import { childrenOf } from "../proc.ts";
import { type NamedEnvironment, Wrapper } from "../wrapper.ts";

/** How to run it. */
export interface NodeAgentOptions {
  readonly args?: readonly string[];
  readonly env?: NamedEnvironment;
  /** From `inFolder()`. Default: one that is removed with the agent. */
  readonly folder?: string;
  /** After this it is killed. Default 120,000. */
  readonly timeoutMs?: number;
}

/** A running agent; `await using` ends it. */
export class NodeAgent implements AsyncDisposable {
  /** Holds the socket, and `bpf`, a bpffs for the pins. */
  readonly folder: string;
  readonly process: Wrapper;
  readonly #port = freePort();
  readonly #ownsFolder: boolean;

  private constructor(folder: string, options: NodeAgentOptions) {
    this.#ownsFolder = options.folder === undefined;
    this.folder = folder;
    this.process = new Wrapper({
      args: [
        "agent",
        `--socket=${this.socket}`,
        `--pins=${this.folder}/bpf/pins`,
        `--listen=127.0.0.1:${this.#port}`,
        ...options.args ?? [],
      ],
      timeoutMs: options.timeoutMs ?? 120_000,
      ...(options.env && { env: options.env }),
    }, "off");
  }

  /** Starts it, and waits until it enforces. */
  static async start(options: NodeAgentOptions = {}): Promise<NodeAgent> {
    const folder = options.folder ?? await makeFolder();
    const agent = new NodeAgent(folder, options);
    try {
      await agent.process.waitForLog(/Enforcement: \d+ vectors active/);
      await agent.process.waitForLog(/lock (on|off)/);
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  get socket(): string {
    return `${this.folder}/agent.sock`;
  }

  /** The process that it started. */
  get enforcerPid(): number {
    const [enforcer = 0] = childrenOf(this.process.pid);
    return enforcer;
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
    return this.process.stderr.text.split("\n").slice(0, -1)
      .map((line) => line.startsWith("{") ? JSON.parse(line) : parseText(line))
      .filter(({ audit }) => audit === "attack");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    if (this.#ownsFolder) await removeFolder(this.folder);
  }
}

/** The fields of a line of text, as JSON has them. */
function parseText(line: string) {
  const fields = line.matchAll(/ (\w+)=("(?:[^"\\]|\\.)*"|\S+)/g);
  return Object.fromEntries(
    Array.from(fields, ([, name = "", value = ""]) => [
      name,
      /^(\d+$|")/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}

/** A folder for an agent, with a bpffs of its own. */
async function makeFolder(): Promise<string> {
  const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-agent-" });
  Deno.chmodSync(folder, 0o755);
  Deno.mkdirSync(`${folder}/bpf`);
  await run("mount", ["-t", "bpf", "bpf", `${folder}/bpf`]);
  return folder;
}

async function removeFolder(folder: string): Promise<void> {
  await run("umount", [`${folder}/bpf`]);
  Deno.removeSync(folder, { recursive: true });
}

/** Runs a test with a folder that is removed afterwards, with all pins. */
export async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await makeFolder();
  try {
    await test(folder);
  } finally {
    await removeFolder(folder);
  }
}
