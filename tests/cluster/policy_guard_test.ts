/** The policies on a real API server: who may change what, and what happens to pods that exist. */
import assert from "node:assert/strict";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { appliedManifests, readManifest } from "./support/deployed.ts";
import { testInCluster } from "./support/test_in_cluster.ts";

const SPACE = "guarded";
const PARAMETERS = {
  image: "localhost/cloudtaser-wrapper:1",
  vaultAddr: "https://vault:8200",
  mode: "deny",
};

const configMap = (data: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "cloudtaser", namespace: SPACE },
  data,
});

/** A pod that no node runs. */
const pod = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: SPACE },
  spec: {
    nodeSelector: { none: "such" },
    containers: [{ name: "app", image: "app:1", ...more }],
  },
});

/** kubectl in the namespace, perhaps as a developer who may edit everything in it. */
class Caller {
  readonly #cluster: Cluster;
  readonly #flags: readonly string[];

  constructor(cluster: Cluster, user?: string) {
    this.#cluster = cluster;
    this.#flags = user === undefined ? [] : [`--as=${user}`];
  }

  /** Fails the test when it is refused. */
  async can(words: string, input?: unknown): Promise<void> {
    const { code, stderr } = await this.#run(words, input);
    assert.equal(code, 0, stderr);
  }

  /** Fails the test when it is refused. @returns the warnings */
  async warning(words: string, input?: unknown): Promise<string> {
    const { code, stderr } = await this.#run(words, input);
    assert.equal(code, 0, stderr);
    return stderr;
  }

  /** @returns the reason */
  async cannot(words: string, input?: unknown): Promise<string> {
    const { code, stderr } = await this.#run(words, input);
    assert.notEqual(code, 0, words);
    return stderr;
  }

  #run(words: string, input?: unknown) {
    return this.#cluster.tryKubectl(
      [`--namespace=${SPACE}`, ...this.#flags, ...words.split(" ")],
      input === undefined ? undefined : JSON.stringify(input),
    );
  }
}

async function refuses(admin: Caller): Promise<void> {
  const look = () =>
    admin.cannot("apply --dry-run=server -f -", pod("bare")).catch(() => "");
  await eventually(look, (text) => text.includes("is not started by"), 30_000);
}

testInCluster(
  "policy: who may switch it off, and pods that exist",
  async ({ cluster, test }) => {
    // It stays: without it the API server would not read the parameters of the next test.
    await cluster.apply(await readManifest("policy-anchor.yaml"));
    await using _policies = await appliedManifests(cluster, "policy.yaml");
    const admin = new Caller(cluster);
    const developer = new Caller(cluster, "dev");
    await cluster.kubectl("create", "namespace", SPACE);
    await admin.can("create rolebinding dev --clusterrole=edit --user=dev");
    await admin.can("apply -f -", pod("earlier"));
    await admin.can("apply -f -", configMap(PARAMETERS));
    const label = `label namespace ${SPACE} cloudtaser.io/inject=enabled`;
    await admin.can(label);
    await refuses(admin);

    await test.step("invalid parameters are refused when they are applied", async () => {
      const wrong = { ...PARAMETERS, minimumScore: "high", exec_: "x" };
      const text = await admin.cannot("apply -f -", configMap(wrong));
      assert.match(text, /parameter exec_ is unknown; known: image, /);
      assert.match(text, /parameter minimumScore is not valid: use a number/);
    });

    await test.step("a developer cannot change or delete them, or replace the claim", async () => {
      const audit = configMap({ ...PARAMETERS, mode: "audit" });
      const keepers = /Only a user who may update the namespace may/;
      assert.match(await developer.cannot("apply -f -", audit), keepers);
      assert.match(
        await developer.cannot("delete configmap cloudtaser"),
        keepers,
      );
      assert.match(await developer.cannot("delete configmap --all"), keepers);
      const claim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "cloudtaser-agent" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
        },
      };
      assert.match(await developer.cannot("apply -f -", claim), keepers);
      // Control: other objects of these kinds, and an administrator.
      await developer.can("create configmap mine");
      await admin.can("apply --dry-run=server -f -", audit);
      await admin.can("apply --dry-run=server -f -", claim);
    });

    await test.step("a Deployment is applied with a warning, scaled without one", async () => {
      const { spec } = pod("x");
      const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec },
        },
      };
      assert.match(
        await developer.warning("apply -f -", deployment),
        /cloudtaser-report-workloads.*container app is not started by/,
      );
      const scale = "scale deployment/web --replicas=0";
      assert.equal(await developer.warning(scale), "");
    });

    await test.step("a pod from before the label goes on; a new image or debugger is judged", async () => {
      await developer.can("label pod earlier a=b");
      const image = "set image pod/earlier app=app:2";
      assert.match(await developer.cannot(image), /crane config app:2/);
      const debug = "debug earlier --image=busybox --container=look -- sh";
      assert.match(
        await admin.cannot(debug),
        /ephemeral container look is not started by cloudtaser-wrapper/,
      );
    });

    await test.step("exec is refused with exec=deny", async () => {
      await admin.can("apply -f -", configMap({ ...PARAMETERS, exec: "deny" }));
      const exec = () => developer.cannot("exec earlier -- id");
      await eventually(exec, (text) => /Parameter exec .* exec:/.test(text));
      await admin.can("apply -f -", configMap(PARAMETERS));
      // Control: now only the missing node stands against it.
      await eventually(exec, (text) => !text.includes("Parameter exec"));
    });

    await test.step("without parameters new pods and debuggers are refused, with the remedy", async () => {
      await admin.can("delete configmap cloudtaser");
      const create = () =>
        developer.cannot("apply -f -", pod("later", { command: ["/app"] }));
      const remedy = /needs-configmap-cloudtaser-in-this-namespace/;
      await eventually(create, (text) => remedy.test(text));
      const debug = "debug earlier --image=busybox --container=look -- sh";
      assert.match(await admin.cannot(debug), remedy);
      await developer.can("label pod earlier c=d");
    });

    await test.step("policies that are removed and installed again see new parameters", async () => {
      const policies = await readManifest("policy.yaml");
      await admin.can("apply -f -", configMap(PARAMETERS));
      await refuses(admin);
      await cluster.tryKubectl(["delete", "-f", "-"], policies);
      const create = () =>
        admin.can("apply --dry-run=server -f -", pod("bare"));
      const isFree = () => create().then(() => true, () => false);
      await eventually(isFree, (free) => free, 30_000);
      // Longer than the API server takes to forget parameters that no binding names.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const image = "localhost/cloudtaser-wrapper:2";
      await admin.can("apply -f -", configMap({ ...PARAMETERS, image }));
      await cluster.apply(policies);
      await refuses(admin);
      const look = () =>
        cluster.kubectl(
          ...`run look --namespace=${SPACE} --image=app:1 --dry-run=server`
            .split(" "),
          "--output=jsonpath={.spec.initContainers[0].image}",
          "--command",
          "--",
          "/app",
        );
      await eventually(look, (text) => text === image, 30_000);
    });

    await test.step("the namespace can be deleted with everything in it", async () => {
      await admin.can("apply -f -", configMap(PARAMETERS));
      await admin.can(`delete namespace ${SPACE} --timeout=60s`);
    });
  },
);
