/**
 * Sees, as a node agent's kernel part would, under which names processes appear
 * on this machine: the kernel's process events, read by python3. Needs root and
 * the initial PID namespace. It stops nobody.
 */
import { Output } from "../../support/output.ts";

const SCRIPT = `
import os, socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 11)
s.bind((os.getpid(), 1))
listen = struct.pack("=IIIIHHI", 1, 1, 0, 0, 4, 0, 1)
s.send(struct.pack("=IHHII", 16 + len(listen), 3, 0, 0, os.getpid()) + listen)
COMM = 0x200
while True:
    event = s.recv(4096)[36:]
    what, = struct.unpack_from("=I", event)
    if what == 0: print("listening", flush=True)
    if what == COMM:
        name = event[24:40].split(b"\\0")[0]
        print(name.decode(errors="replace"), flush=True)
`;

/** Watches until it is disposed of. */
export class CommWatch implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output: Output;

  private constructor() {
    this.#process = new Deno.Command("python3", {
      args: ["-I", "-c", SCRIPT],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#output = new Output(this.#process.stdout);
  }

  static async start(): Promise<CommWatch> {
    const watch = new CommWatch();
    await watch.#output.until(/listening\n/);
    return watch;
  }

  /** Every name so far that looks as the wrapper's probes do. */
  get names(): string[] {
    return this.#output.text.split("\n")
      .filter((line) => /^[a-z0-5]{15}$/.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#output.done;
  }
}
