/** `--pid` on a node: a wrapper in its own network namespace, as in a pod. */
import assert from "node:assert/strict";
import { ensurePackages } from "../../../tools/packages.ts";
import { Output } from "../../support/output.ts";
import { WRAPPER } from "../../support/wrapper.ts";
import { status } from "../status_run.ts";

const IS_ROOT = Deno.uid() === 0;
if (IS_ROOT) await ensurePackages(["iproute2"]);

const APPLICATION = ["sh", "-c", "echo $$; exec sleep 30"];
const NODE = "10.99.7.1/24";
const POD = "10.99.7.2/24";

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** A network namespace with one address, connected to this one; a process holds it. */
class PodNetwork implements AsyncDisposable {
  readonly pid: number;
  readonly #holder: Deno.ChildProcess;

  constructor() {
    this.#holder = new Deno.Command("unshare", {
      args: ["--net", "sh", "-c", "echo; exec sleep 60"],
      stdout: "piped",
    }).spawn();
    this.pid = this.#holder.pid;
  }

  async open(): Promise<void> {
    const reader = this.#holder.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const [ours, theirs] = [`ctn${Deno.pid}`, `ctp${Deno.pid}`];
    const peer = ["peer", "name", theirs, "netns", `${this.pid}`];
    run("ip", "link", "add", ours, "type", "veth", ...peer);
    run("ip", "addr", "add", NODE, "dev", ours);
    run("ip", "link", "set", ours, "up");
    this.enter("ip", "addr", "add", POD, "dev", theirs);
    this.enter("ip", "link", "set", theirs, "up");
  }

  enter(...words: string[]): void {
    run("nsenter", "--net", "-t", `${this.pid}`, ...words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#holder.status;
  }
}

Deno.test({
  name:
    "--pid finds a wrapper in its pod's network, by the wrapper's number or the application's",
  ignore: !IS_ROOT,
  async fn() {
    await using network = new PodNetwork();
    await network.open();
    const wrapper = new Deno.Command("nsenter", {
      args: ["--net", "-t", `${network.pid}`, WRAPPER, ...APPLICATION],
      clearEnv: true,
      env: {
        PATH: "/usr/bin:/bin",
        POD_NAME: "web-1",
        CLOUDTASER_LISTEN: "0.0.0.0:9001",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = new Output(wrapper.stdout);
    try {
      const [application = ""] = await output.until(/^\d+$/m);
      for (const pid of [String(wrapper.pid), application]) {
        const { code, out, err } = await status(["--pid", pid]);
        assert.equal(err, "");
        assert.match(out, /^Pod: web-1\n/);
        assert.equal(code, 0);
      }
      const { code, err } = await status(["--pid", String(Deno.pid)]);
      assert.equal(code, 2, err);
    } finally {
      wrapper.kill("SIGTERM");
      await wrapper.status;
      await output.done;
    }
  },
});
