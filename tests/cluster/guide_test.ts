/**
 * docs/KUBERNETES.md, command by command, in a cluster of its own: it
 * has only the images, which replace a registry, and a Vault before.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { Cluster } from "../../tools/cluster/cluster.ts";
import { installOpenBao, OpenBao } from "../../tools/openbao/server.ts";
import { makeRoot } from "../../tools/roots.ts";
import { tryRun } from "../../tools/run.ts";
import { WRAPPER } from "../support/wrapper.ts";
import { enforcesHere } from "./support/agent.ts";
import { FULL, WITH_AGENT } from "./support/score_lines.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const BUSYBOX = "docker.io/library/busybox:1.37";
const APPLETS = ["cat", "env", "pidof", "sh", "sleep"];

/** All commands, except for the block that builds and pushes an image. */
function readBlocks(): string[] {
  const text = Deno.readTextFileSync(`${ROOT}docs/KUBERNETES.md`);
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .map(([, block = ""]) => block)
    .filter((block) => !block.startsWith("docker"));
}

testAsRoot("guide: the commands of docs/KUBERNETES.md work", async (test) => {
  await using cluster = await Cluster.start();
  await using vault = await OpenBao.start();
  const port = Number(new URL(vault.address).port);
  await using _exposed = await cluster.expose(port);
  await loadImages(cluster);
  await using shell = await Reader.create(cluster, vault, port);
  const blocks = readBlocks();
  assert.equal(blocks.length, 9);

  const said: string[] = [];
  for (const block of blocks) {
    const [title = ""] = block.split("\n");
    await test.step(title, async () => {
      said.push(await shell.types(block));
    });
  }
  const [, agent = "", , , , application = "", looks = ""] = said;

  await test.step("agent, score and secret are present", () => {
    assert.match(agent, /Enforcement: \d+ vectors active/);
    assert.match(application, enforcesHere() ? FULL : WITH_AGENT);
    assert.match(application, /^a password of 21$/m);
  });

  await test.step("kubectl exec sees no secret, and is reported", () => {
    assert.match(looks, /^DB_PASSWORD=vault:secret/m);
    assert.doesNotMatch(looks, /correct-horse-battery/);
    assert.match(looks, / vector=proc_environ .* attacker_comm=cat /);
    assert.match(looks, /^Pod: payments-/m);
  });
});

async function loadImages(cluster: Cluster): Promise<void> {
  await using wrapper = await makeRoot("empty", {
    files: { "/cloudtaser-wrapper": WRAPPER },
  });
  await using busybox = await makeRoot("empty", {
    packages: ["busybox-static"],
    files: Object.fromEntries(
      APPLETS.map((name) => [`/bin/${name}`, "/bin/busybox"]),
    ),
  });
  await cluster.loadImages({
    name: "localhost/cloudtaser-wrapper:0.1.0",
    layers: [wrapper.path],
    entrypoint: ["/cloudtaser-wrapper"],
  }, { name: BUSYBOX, layers: [busybox.path], command: ["sh"] });
}

/** A shell in this repository with kubectl and bao, which keeps exported variables. */
class Reader implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Record<string, string>;

  private constructor(folder: string, env: Record<string, string>) {
    this.#folder = folder;
    this.#env = env;
  }

  static async create(cluster: Cluster, vault: OpenBao, port: number) {
    const folder = await Deno.makeTempDir({ prefix: "cloudtaser-guide-" });
    await Deno.symlink(cluster.kubectlPath, `${folder}/kubectl`);
    await Deno.symlink(await installOpenBao(), `${folder}/bao`);
    return new Reader(folder, {
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      KUBECONFIG: cluster.kubeconfig,
      VAULT_ADDR: vault.address,
      VAULT_CACERT: vault.caFile,
      VAULT_TOKEN: vault.rootToken,
      // The two lines that the reader edits.
      REGISTRY: "localhost",
      VAULT_FOR_PODS: `https://${cluster.nodeAddress}:${port}`,
    });
  }

  /** Runs one block. @returns its output @throws with the output when a command fails */
  async types(block: string): Promise<string> {
    const own = block
      .replaceAll(/^export (?:REGISTRY|VAULT_FOR_PODS)=.*$/gm, "")
      // The binary under test may have another path.
      .replaceAll("dist/cloudtaser-wrapper", WRAPPER);
    const script = `set -euo pipefail\n${own}`;
    const ran = await tryRun("bash", ["-c", script], {
      cwd: ROOT,
      env: this.#env,
    });
    if (ran.code !== 0) throw new Error(`${block}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout + ran.stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
