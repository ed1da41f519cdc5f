/** `cloudtaser-wrapper status` against the real API server, with the rights of deploy/manifests/status.yaml and no more. */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import { Auditor, AUDITOR_ACCOUNT } from "./support/auditor.ts";
import { applied, readManifest } from "./support/deployed.ts";
import { listPods } from "./support/official_client.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";

/** As in docs/KUBERNETES.md. */
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

testWithVault(
  "status: one pod, a table, JSON, with the least rights",
  async ({ cluster, vault, test }) => {
    await using pod = await RunningPod.create(vault, "shown");
    await using other = await RunningPod.create(vault, "shown-too");
    await pod.reaches("condition=Ready");
    await other.reaches("condition=Ready");
    await using _account = await applied(cluster, AUDITOR_ACCOUNT);
    await using auditor = await Auditor.create(cluster);

    await test.step("without rights the result is unknown, with the reason", async () => {
      const { code, stderr } = await auditor.status("-n", NAMESPACE);
      assert.equal(code, 2);
      assert.match(stderr, /forbidden/i);
    });

    const role = await readManifest("status.yaml");
    await using _rights = await applied(cluster, role, BINDING);

    await test.step("one pod in the layout of the specification", async () => {
      const run = await auditor.status("shown", "-n", NAMESPACE);
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, TEXT_VIEW);
    });

    await test.step("all pods of a namespace", async () => {
      const { code, stdout } = await auditor.status("-n", NAMESPACE);
      assert.equal(code, 0);
      assert.match(stdout, /shown +.*55/);
      assert.match(stdout, /shown-too +.*55/);
    });

    await test.step("below the minimum exits with 1, and JSON has the same pods as the official client", async () => {
      const words = ["-n", NAMESPACE, "--min=60", "-o", "json"];
      const { code, stdout } = await auditor.status(...words);
      assert.equal(code, 1);
      const shown = JSON.parse(stdout).wrappers
        .map(({ pod, node }: Record<string, string>) => `${pod} on ${node}`);
      const pods = (await listPods(cluster, NAMESPACE))
        .map(({ metadata, spec }) => `${metadata?.name} on ${spec?.nodeName}`)
        .filter((pod) => pod.startsWith("shown"));
      assert.deepEqual(shown.sort(), pods.sort());
    });

    await test.step("other namespaces are forbidden", async () => {
      assert.equal((await auditor.status("-A")).code, 2);
    });
  },
);

const TEXT_VIEW = new RegExp(
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
