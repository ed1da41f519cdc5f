/** `cloudtaser-wrapper status` against the real API server, with the rights of deploy/manifests/status.yaml and no more. */
import assert from "node:assert/strict";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { type Ran, tryRun } from "../../tools/run.ts";
import { WRAPPER } from "../support/wrapper.ts";
import { ClusterVault } from "./support/cluster_vault.ts";
import { applied, readManifest } from "./support/deployed.ts";
import { NAMESPACE, NEEDS_ROOT, production } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";

const ACCOUNT = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: auditor, namespace: default }
`;

/** As a reader of deploy/README.md gives it. */
const BINDING = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: auditor, namespace: ${NAMESPACE} }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cloudtaser-status
subjects:
  - { kind: ServiceAccount, name: auditor, namespace: default }
`;

Deno.test({
  name: "status: one pod, a table, a script's answer, with the least rights",
  ...NEEDS_ROOT,
  fn: async (test) => {
    using cluster = await production();
    await using vault = await ClusterVault.start(cluster);
    const options = { vault, words: ["signals", "15"] };
    await using pod = await RunningPod.create(cluster, "shown", options);
    await using other = await RunningPod.create(cluster, "shown-too", options);
    await pod.reaches("condition=Ready");
    await other.reaches("condition=Ready");
    await using _account = await applied(cluster, ACCOUNT);
    await using auditor = await Auditor.create(cluster);

    await test.step("without a right it cannot be told, and is said so", async () => {
      const { code, stderr } = await auditor.status("-n", NAMESPACE);
      assert.equal(code, 2);
      assert.match(stderr, /forbidden/i);
    });

    const role = await readManifest("status.yaml");
    await using _rights = await applied(cluster, role, BINDING);

    await test.step("one pod, as the specification has it", async () => {
      const run = await auditor.status("shown", "-n", NAMESPACE);
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, SHEET);
    });

    await test.step("all of a namespace", async () => {
      const { code, stdout } = await auditor.status("-n", NAMESPACE);
      assert.equal(code, 0);
      assert.match(stdout, /shown +.*55/);
      assert.match(stdout, /shown-too +.*55/);
    });

    await test.step("below a minimum is 1, and JSON says which", async () => {
      const words = ["-n", NAMESPACE, "--min=60", "-o", "json"];
      const { code, stdout } = await auditor.status(...words);
      assert.equal(code, 1);
      assert.match(stdout, /"shown-too"/);
      JSON.parse(stdout);
    });

    await test.step("other namespaces stay closed", async () => {
      assert.equal((await auditor.status("-A")).code, 2);
    });
  },
});

const SHEET = new RegExp(
  [
    "^Pod: shown",
    `Namespace: ${NAMESPACE}`,
    "Node: node",
    "Protection Score: 55/75",
    "memfd_secret OK 15/15 .+",
    "mlock OK 10/10 .+",
    "madv_dontdump OK 10/10 .+",
    "pr_set_dumpable OK 10/10 .+",
    "token_protected OK 10/10 .+",
    "ebpf_connected FAIL 0/10 .+",
    "kprobes_active FAIL 0/10 .+",
  ].join("\n"),
);

/** Somebody with a token of a service account, and a kubeconfig of his own. */
class Auditor implements AsyncDisposable {
  readonly #kubeconfig: string;

  private constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  static async create(cluster: Cluster): Promise<Auditor> {
    const token = await cluster.kubectl("create", "token", "auditor");
    const config = JSON.parse(await Deno.readTextFile(cluster.kubeconfig));
    for (const entry of config.users) entry.user = { token: token.trim() };
    const path = await Deno.makeTempFile({ prefix: "cloudtaser-kubeconfig-" });
    await Deno.writeTextFile(path, JSON.stringify(config));
    return new Auditor(path);
  }

  /** Runs the compiled binary as it. */
  status(...words: string[]): Promise<Ran> {
    const env = { KUBECONFIG: this.#kubeconfig };
    return tryRun(WRAPPER, ["status", ...words], { env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#kubeconfig);
  }
}
