/** `status --policy` beside the real API server: what it reports is what the API server says, with the rights of the chart's role. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { tryApply } from "./support/admission.ts";
import { Auditor, AUDITOR_ACCOUNT } from "./support/auditor.ts";
import { applied, appliedManifests, readManifest } from "./support/deployed.ts";
import { openShell } from "./support/shell.ts";
import { testInCluster } from "./support/test_in_cluster.ts";

const SPACE = "judged";
const CONFIG_MAP = JSON.stringify({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "cloudtaser", namespace: SPACE },
  data: {
    image: "localhost/cloudtaser-wrapper:1",
    vaultAddr: "https://vault:8200",
    mode: "deny",
  },
});

/** Pods that no node runs: of a namespace that is not restricted. */
const PODS: Readonly<Record<string, object>> = {
  plain: {},
  bare: { command: undefined },
  mighty: { securityContext: { capabilities: { add: ["SYS_PTRACE"] } } },
};

function podOf(name: string): string {
  const app = { name: "app", image: "app:1", command: ["/app"], ...PODS[name] };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: SPACE },
    spec: { nodeSelector: { none: "such" }, containers: [app] },
  });
}

/** Binds the role of deploy/manifests/status.yaml: in the namespace, or everywhere. */
function bind(kind: "RoleBinding" | "ClusterRoleBinding"): string {
  const subject = { kind: "ServiceAccount", name: "auditor" };
  return JSON.stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: {
      name: "auditor-judges",
      ...kind === "RoleBinding" && { namespace: SPACE },
    },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "cloudtaser-status",
    },
    subjects: [{ ...subject, namespace: "default" }],
  });
}

testInCluster(
  "status --policy: pods from before the label, in the words of the API server, with the least rights",
  async ({ cluster, test }) => {
    // It stays: without it the API server would not read the parameters of the next test.
    await cluster.apply(await readManifest("policy-anchor.yaml"));
    await using _policies = await appliedManifests(cluster, "policy.yaml");
    await using _account = await applied(cluster, AUDITOR_ACCOUNT);
    await using auditor = await Auditor.create(cluster);
    await cluster.kubectl("create", "namespace", SPACE);
    try {
      for (const name of Object.keys(PODS)) await cluster.apply(podOf(name));
      await cluster.apply(CONFIG_MAP);
      const label = "cloudtaser.io/inject=enabled";
      await cluster.kubectl("label", "namespace", SPACE, label);
      const ask = (name: string) =>
        tryApply(cluster, podOf(name).replace(`"${name}"`, `"${name}-2"`), {
          dryRun: true,
        });
      const hasParameters = (answer: { readonly refusal: string }) =>
        answer.refusal.includes("container app");
      const { refusal: bare } = await eventually(
        () => ask("bare"),
        hasParameters,
        30_000,
      );

      await test.step("without rights the result is unknown", async () => {
        const { code, stderr } = await auditor.status("--policy");
        assert.equal(code, 2);
        assert.match(stderr, /Cannot list namespaces .*forbidden/);
      });

      await using _role = await applied(
        cluster,
        await readManifest("status.yaml"),
      );
      await test.step("a RoleBinding is enough for its namespace", async () => {
        await using _ = await applied(cluster, bind("RoleBinding"));
        const look = () => auditor.status("--policy", "-n", SPACE);
        const run = await eventually(look, ({ code }) => code === 1);
        assert.match(run.stderr, /cannot see MutatingAdmissionPolicy/);
        assert.match(run.stdout, /^judged +pod\/plain +1 +- +notInjected /m);
        assert.equal((await auditor.status("--policy")).code, 2);
      });

      await using _binding = await applied(cluster, bind("ClusterRoleBinding"));
      await test.step("everything that is reported is what the API server says to the same pod", async () => {
        const look = () => auditor.status("--policy", "-o", "json");
        const run = await eventually(look, ({ code }) => code === 1);
        assert.equal(run.stderr, "");
        const { injects, namespaces } = JSON.parse(run.stdout);
        assert.equal(injects, true);
        const [{ namespace, reported }] = namespaces;
        assert.deepEqual([namespaces.length, namespace], [1, SPACE]);
        const of = (name: string) =>
          reported.find(({ pod }: { pod: string }) => pod === name);
        assert.equal((await ask("plain")).refusal, "");
        assert.deepEqual([of("plain").notInjected, of("plain").findings], [
          true,
          [],
        ]);
        assert.equal(of("bare").notInjected, false);
        const { refusal: mighty } = await ask("mighty");
        for (const [name, refusal] of Object.entries({ bare, mighty })) {
          const texts = of(name).findings
            .map((one: { text: string }) => one.text);
          assert.equal(texts.length, 1);
          const words = `denied request: ${texts[0]}`;
          assert.ok(refusal.endsWith(words), refusal);
        }
        assert.equal(of("mighty").notInjected, true);
      });

      await test.step("the page's commands end with 1, because there are findings", async () => {
        await using shell = await openShell(cluster);
        const page = await shell.run(
          "docs/STATUS.md",
          "cloudtaser-wrapper status --policy",
          {
            values: { "-n shop": `-n ${SPACE}` },
            codes: { "cloudtaser-wrapper status --policy": 1 },
          },
        );
        assert.equal(page.match(/ notInjected +started before /g)?.length, 4);
        assert.match(page, /"notInjected": true,/);
      });
    } finally {
      await cluster.kubectl("delete", "namespace", SPACE, "--timeout=60s");
    }
  },
);
