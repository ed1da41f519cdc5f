/**
 * Joins this machine's loopback and the node's network with socat(1). A Unix
 * socket is a file and so reaches across network namespaces: one relay on each
 * side of it, and no interface, route or firewall of this machine changes.
 */
import { readText } from "../proc.ts";
import { until } from "../until.ts";
import { spawnInGroup } from "./control_groups.ts";
import { enterNode } from "./daemons.ts";
import type { Files, Running } from "./settings.ts";

const READY_MS = 10_000;

/** Both ends, in the notation of socat(1). */
export interface PortOptions {
  /** Unique in the cluster; names the socket between both sides. */
  readonly name: string;
  readonly listen: string;
  readonly connect: string;
  /** The side that listens. */
  readonly on: "node" | "machine";
}

/** A port that is forwarded from one side to the other; disposing of it ends its connections too. */
export class ExposedPort implements AsyncDisposable {
  /** `address:port` on the side that listens. */
  readonly host: string;
  readonly #processes: readonly Deno.ChildProcess[];

  private constructor(host: string, processes: readonly Deno.ChildProcess[]) {
    this.host = host;
    this.#processes = processes;
  }

  /** Starts both relays. @throws {Error} with socat's message when it cannot listen */
  static async open(
    files: Files,
    { group, holder }: Pick<Running, "group" | "holder">,
    { name, listen, connect, on }: PortOptions,
  ): Promise<ExposedPort> {
    const processes: Deno.ChildProcess[] = [];
    const relay = async (inNode: boolean, from: string, to: string) => {
      const log = files.log(`relay-${crypto.randomUUID()}`);
      // Without -t a connection ends half a second after either side's last byte.
      const socat = ["socat", "-d", "-d", "-t", "600", `${from},fork`, to];
      const enter = inNode ? enterNode(holder, ["net"]) : [];
      processes.push(spawnInGroup(group, log, [...enter, ...socat]));
      return await addressIn(log, from);
    };
    const socket = `${files.state}/${name}.sock`;
    try {
      await relay(on !== "node", `UNIX-LISTEN:${socket},unlink-early`, connect);
      const host = await relay(on === "node", listen, `UNIX-CONNECT:${socket}`);
      return new ExposedPort(host, processes);
    } catch (error) {
      await endAll(processes);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endAll(this.#processes);
  }
}

/** The address on which socat listens, from its log. */
async function addressIn(log: string, from: string): Promise<string> {
  let address: string | undefined;
  const isReady = await until(READY_MS, () => {
    address = /listening on AF=\d+ "?([^"\n]+)/.exec(readText(log))?.[1];
    return address !== undefined || / E /.test(readText(log));
  }, 10);
  if (isReady && address !== undefined) return address;
  throw new Error(`Cannot listen on ${from}: ${readText(log).trim()}`);
}

/** Ends whole process groups: socat forks for each connection. */
async function endAll(processes: readonly Deno.ChildProcess[]): Promise<void> {
  for (const process of processes) {
    try {
      Deno.kill(-process.pid, "SIGTERM");
    } catch {
      // It has ended already.
    }
    await process.status;
  }
}
