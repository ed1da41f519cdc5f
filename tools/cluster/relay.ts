/**
 * Joins this machine's loopback and the node's network with socat(1). A Unix
 * socket is a file and so reaches across network namespaces: one relay on each
 * side of it, and no interface, route or firewall of this machine changes.
 */
import { spawnInGroup } from "./control_groups.ts";
import { enterNode } from "./daemons.ts";
import { type Files, NODE_IP } from "./settings.ts";

/** What a relay joins, in the notation of socat(1). */
export interface RelayOptions {
  readonly files: Files;
  /** The `cgroup.procs` that it runs in. */
  readonly group: string;
  readonly from: string;
  readonly to: string;
  /** Runs in the network namespace of this process; default: this machine's. */
  readonly holder?: number;
}

/** A running socat; disposing of it ends its connections too. */
export class Relay implements AsyncDisposable {
  /** `address:port` or path that it listens on. */
  readonly address: string;
  readonly #process: Deno.ChildProcess;

  private constructor(address: string, process: Deno.ChildProcess) {
    this.address = address;
    this.#process = process;
  }

  /** Starts one and waits until it listens. @throws {Error} with socat's message when it ends instead */
  static async start(
    { files, group, from, to, holder }: RelayOptions,
  ): Promise<Relay> {
    const log = files.log(`relay-${crypto.randomUUID()}`);
    // Without -t a connection ends half a second after either side's last byte.
    const socat = ["socat", "-d", "-d", "-t", "600", `${from},fork`, to];
    const enter = holder === undefined ? [] : enterNode(holder, ["net"]);
    const process = spawnInGroup(group, log, [...enter, ...socat]);
    let ended = false;
    process.status.then(() => ended = true);
    for (;;) {
      const text = await Deno.readTextFile(log).catch(() => "");
      const [, address] = /listening on AF=\d+ "?([^"\n]+)/.exec(text) ?? [];
      if (address !== undefined) return new Relay(address, process);
      if (ended) throw new Error(`Cannot listen on ${from}: ${text.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its whole process group: socat forks for each connection.
    Deno.kill(-this.#process.pid, "SIGTERM");
    await this.#process.status;
  }
}

/** A port of this machine's loopback that pods reach. */
export class ExposedPort implements AsyncDisposable {
  /** `address:port` as pods see it. */
  readonly host: string;
  readonly #relays: AsyncDisposableStack;

  private constructor(host: string, relays: AsyncDisposableStack) {
    this.host = host;
    this.#relays = relays;
  }

  /** Listens on the same port of the node. */
  static async open(
    files: Files,
    { group, holder }: { readonly group: string; readonly holder: number },
    port: number,
  ): Promise<ExposedPort> {
    await using relays = new AsyncDisposableStack();
    const socket = `${files.state}/port-${port}.sock`;
    relays.use(
      await Relay.start({
        files,
        group,
        from: `UNIX-LISTEN:${socket},unlink-early`,
        to: `TCP:127.0.0.1:${port}`,
      }),
    );
    relays.use(
      await Relay.start({
        files,
        group,
        holder,
        from: `TCP-LISTEN:${port},bind=${NODE_IP},reuseaddr`,
        to: `UNIX-CONNECT:${socket}`,
      }),
    );
    return new ExposedPort(`${NODE_IP}:${port}`, relays.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relays.disposeAsync();
  }
}
