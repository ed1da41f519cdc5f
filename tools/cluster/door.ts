/**
 * A door from the cluster to a server on this machine's loopback: inside, the
 * node listens on the same port; a Unix socket leads out.
 */
import { enterNode } from "./daemons.ts";
import { Relay } from "./relay.ts";
import { type Files, NODE_IP } from "./settings.ts";
import { relayCommand } from "./start_up.ts";

/** Open until it is disposed of. */
export class Door implements AsyncDisposable {
  /** `address:port` as pods see it. */
  readonly host: string;
  readonly #relay: Relay;
  readonly #inside: Deno.ChildProcess;

  private constructor(host: string, relay: Relay, inside: Deno.ChildProcess) {
    this.host = host;
    this.#relay = relay;
    this.#inside = inside;
  }

  /** Answers when it can be used. */
  static async open(files: Files, holder: number, port: number): Promise<Door> {
    const socket = `unix:${files.state}/door-${port}.sock`;
    const host = `${NODE_IP}:${port}`;
    const relay = new Relay(socket, `tcp:127.0.0.1:${port}`);
    const [command = "", ...words] = [
      ...enterNode(holder, ["net"]),
      ...relayCommand(`tcp:${host}`, socket),
    ];
    const inside = new Deno.Command(command, {
      args: words,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = inside.stdout.getReader();
    const { done } = await reader.read();
    await reader.cancel();
    if (!done) return new Door(host, relay, inside);
    relay[Symbol.dispose]();
    throw new Error(`Cannot listen on ${host} of the node`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay[Symbol.dispose]();
    this.#inside.kill();
    await this.#inside.status;
  }
}
