/** `status --policy`: which pods it reports, in which words, and its exit codes. */
import assert from "node:assert/strict";
import { injectedPod, plainPod, PolicyCluster } from "./policy_cluster.ts";
import { statusOf } from "./status_run.ts";

/** Pods that an injected namespace accepts, and some that it does not. */
async function shop(mode = "deny"): Promise<PolicyCluster> {
  const cluster = await PolicyCluster.start();
  cluster.addNamespace("shop", { mode });
  cluster.addNamespace("other", undefined, false);
  cluster.addPod(plainPod("other", "unseen", { spec: { hostPID: true } }));
  return cluster;
}

const WEB = { owner: ["ReplicaSet", "web-5f6d"], hash: "5f6d" } as const;

Deno.test("status --policy: no findings are one sentence and exit status 0", async () => {
  await using cluster = await shop();
  cluster.addPod(injectedPod(plainPod("shop", "web-5f6d-a", WEB)));
  const ended = { status: { phase: "Succeeded" } };
  cluster.addPod(plainPod("shop", "job-1", ended));
  const leaving = plainPod("shop", "web-5f6d-b", WEB);
  Object.assign(leaving.metadata as object, {
    deletionTimestamp: "2026-01-01",
  });
  cluster.addPod(leaving);
  assert.deepEqual(await statusOf(cluster.api, ["--policy"]), {
    code: 0,
    out: "1 namespace, 1 pod: no findings\n",
    err: "",
  });
});

Deno.test("status --policy: pods from before the label are not injected, with the restart of their workload", async () => {
  await using cluster = await shop();
  for (const name of ["web-5f6d-a", "web-5f6d-b"]) {
    cluster.addPod(plainPod("shop", name, WEB));
  }
  cluster.addPod(plainPod("shop", "tools"));
  cluster.addPod(injectedPod(plainPod("shop", "web-5f6d-c", WEB)));
  const { code, out, err } = await statusOf(cluster.api, ["--policy"]);
  assert.deepEqual([code, err], [1, ""]);
  assert.deepEqual(out.split("\n"), [
    "NAMESPACE   WORKLOAD         PODS   LEVEL   RULE          FINDING",
    "shop        deployment/web   2      -       notInjected   started before injection: kubectl -n shop rollout restart deployment/web",
    "shop        pod/tools        1      -       notInjected   started before injection: delete the pod and create it again",
    "",
    "1 namespace, 4 pods: 3 not injected",
    "",
  ]);
});

Deno.test("status --policy: how a workload's pods are made again", async () => {
  await using cluster = await shop();
  const workloads = [
    ["StatefulSet", "db", /rollout restart statefulset\/db$/],
    ["DaemonSet", "log", /rollout restart daemonset\/log$/],
    ["Job", "once", /delete the Job and create it again$/],
    ["ReplicaSet", "bare", /delete the pod: replicaset\/bare makes a new one$/],
  ] as const;
  for (const [kind, name] of workloads) {
    cluster.addPod(plainPod("shop", `${name}-0`, { owner: [kind, name] }));
  }
  const { out } = await statusOf(cluster.api, ["--policy", "-o", "json"]);
  const [{ reported }] = JSON.parse(out).namespaces;
  for (const [, name, restart] of workloads) {
    const found = reported.find((one: { pod: string }) =>
      one.pod === `${name}-0`
    );
    assert.match(found.restart, restart);
    assert.equal(found.notInjected, true);
    assert.deepEqual(found.findings, []);
  }
});

Deno.test("status --policy: what injection does not cure is reported, with its level", async () => {
  for (const mode of ["audit", "warn", "deny"]) {
    await using cluster = await shop(mode);
    cluster.addPod(plainPod("shop", "bare", { container: { command: [] } }));
    cluster.addPod(plainPod("shop", "host", { spec: { hostPID: true } }));
    const run = await statusOf(cluster.api, ["--policy", "-o=json"]);
    assert.equal(run.code, 1);
    const document = JSON.parse(run.out);
    assert.equal(document.exitCode, 1);
    assert.equal(document.injects, true);
    const [bare, host] = document.namespaces[0].reported;
    assert.deepEqual(
      [bare.notInjected, bare.workload, bare.findings.length],
      [false, "pod/bare", 1],
    );
    assert.deepEqual(
      [bare.findings[0].rule, bare.findings[0].level],
      ["wrapped", mode],
    );
    assert.match(
      bare.findings[0].text,
      /container app .*crane config registry\.test\/app:1/,
    );
    assert.equal(host.notInjected, true);
    const rules = host.findings.map((one: { rule: string }) => one.rule);
    assert.deepEqual(rules, ["hostProcesses"]);
  }
});

Deno.test("status --policy: without injection a plain pod breaks the rules as it is", async () => {
  await using cluster = await shop();
  cluster.injects(false);
  cluster.addPod(plainPod("shop", "plain"));
  const { code, out } = await statusOf(cluster.api, ["--policy", "-A"]);
  assert.equal(code, 1);
  assert.match(out, /^shop +pod\/plain +1 +deny +wrapped +container app /m);
  assert.doesNotMatch(out, /notInjected/);
  assert.match(out, /\n1 namespace, 1 pod: 1 would be refused\n$/);
});

Deno.test("status --policy: a running kubectl debug container is reported, an ended one is not", async () => {
  await using cluster = await shop();
  for (const [name, state] of [["ran", "terminated"], ["runs", "running"]]) {
    const pod = injectedPod(plainPod("shop", name!, {
      status: {
        ephemeralContainerStatuses: [{
          name: "debugger",
          state: { [state!]: {} },
        }],
      },
    }));
    const spec = pod.spec as Record<string, unknown>;
    spec.ephemeralContainers = [{ name: "debugger", image: "busybox" }];
    cluster.addPod(pod);
  }
  const { code, out } = await statusOf(cluster.api, ["--policy"]);
  assert.equal(code, 1);
  assert.match(out, /pod\/runs .* wrapped +ephemeral container debugger /);
  assert.doesNotMatch(out, /pod\/ran /);
});

Deno.test("status --policy: a namespace without valid parameters refuses every pod", async () => {
  await using cluster = await PolicyCluster.start();
  cluster.addNamespace("empty", undefined);
  cluster.addNamespace("wrong", { minimumScore: "200" });
  cluster.addPod(plainPod("empty", "web"));
  const { code, out } = await statusOf(cluster.api, ["--policy"]);
  assert.equal(code, 1);
  assert.match(
    out,
    /^empty +\(all\) +- +deny +parameters +ConfigMap cloudtaser: it does not exist: create it$/m,
  );
  assert.match(
    out,
    /^wrong .* ConfigMap cloudtaser: parameter minimumScore is not valid: use a number from 0 to \d+$/m,
  );
  assert.match(
    out,
    /\n2 namespaces, 1 pod: 2 without valid parameters\n$/,
  );
});

Deno.test("status --policy: -n judges a namespace without the label, and says so", async () => {
  await using cluster = await PolicyCluster.start();
  cluster.addNamespace("next", { mode: "deny" }, false);
  cluster.addPod(plainPod("next", "web"));
  const { code, out, err } = await statusOf(cluster.api, [
    "--policy",
    "-n=next",
  ]);
  assert.equal(code, 1);
  assert.match(out, /^next +pod\/web /m);
  assert.match(
    err,
    /namespace next does not have the label cloudtaser\.io\/inject=enabled/,
  );
  const all = await statusOf(cluster.api, ["--policy"]);
  assert.deepEqual([all.code, all.out], [
    2,
    "0 namespaces, 0 pods: no findings\n",
  ]);
  assert.match(all.err, /no namespace .* has the label/);
});

Deno.test("status --policy: what may not be read is unknown, and what is known weighs more", async () => {
  await using cluster = await shop();
  const { api } = cluster;
  api.objects.set("/api/v1/namespaces/shop/configmaps/cloudtaser", 403);
  const unknown = await statusOf(api, ["--policy"]);
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.out,
    /^shop +\(all\) +- +- +unknown +Cannot read ConfigMap cloudtaser of namespace shop: HTTP 403/m,
  );
  assert.match(unknown.out, /\n1 namespace, 0 pods: 1 not readable\n$/);
  cluster.addNamespace("bare", undefined);
  assert.equal((await statusOf(api, ["--policy"])).code, 1);
  api.objects.set("/api/v1/namespaces", 403);
  const refused = await statusOf(api, ["--policy"]);
  assert.equal(refused.code, 2);
  assert.match(
    refused.err,
    /Cannot list namespaces \(-n NAMESPACE needs no such right\): HTTP 403/,
  );
  const gone = await statusOf(api, ["--policy", "-n", "gone"]);
  assert.equal(gone.code, 2);
  assert.match(gone.err, /Cannot read namespace gone: HTTP 404/);
});

Deno.test("status --policy: who may not see the policy is told what the report assumes", async () => {
  await using cluster = await shop();
  cluster.injects(403);
  cluster.addPod(plainPod("shop", "web"));
  const { code, out, err } = await statusOf(cluster.api, ["--policy"]);
  assert.equal(code, 1);
  assert.match(out, /notInjected/);
  assert.match(err, /cannot see MutatingAdmissionPolicy cloudtaser-inject/);
});

Deno.test("status --policy: a pod that the rules cannot judge is unknown, and quotes nothing", async () => {
  await using cluster = await shop();
  const env = [{ name: "DB_PASSWORD", value: 4711 }];
  cluster.addPod(plainPod("shop", "odd", { container: { env } }));
  const { code, out } = await statusOf(cluster.api, ["--policy"]);
  assert.equal(code, 2);
  assert.match(
    out,
    /^shop +pod\/odd +1 +- +unknown +the rules cannot be evaluated/m,
  );
  assert.doesNotMatch(out, /4711/);
});

Deno.test("status --policy: a literal secret is named, its value is not", async () => {
  await using cluster = await shop();
  const env = [{ name: "DB_PASSWORD", value: "hunter2-hunter2" }];
  cluster.addPod(injectedPod(plainPod("shop", "web", { container: { env } })));
  for (const format of ["text", "json"]) {
    const { code, out } = await statusOf(cluster.api, [
      "--policy",
      "-o",
      format,
    ]);
    assert.equal(code, 1);
    assert.match(out, /literals[^]*DB_PASSWORD/);
    assert.doesNotMatch(out, /hunter2/);
  }
});

Deno.test("status --policy: equal pods are judged alike, pods that differ are judged apart", async () => {
  await using cluster = await shop();
  for (let i = 0; i < 300; i++) {
    cluster.addPod(plainPod("shop", `web-5f6d-${i}`, {
      ...WEB,
      spec: {
        nodeName: `node-${i}`,
        volumes: [{ name: `kube-api-access-${10000 + i}`, projected: {} }],
        hostPID: i === 7,
      },
    }));
  }
  const { code, out } = await statusOf(cluster.api, ["--policy"]);
  assert.equal(code, 1);
  assert.match(out, /^shop +deployment\/web +300 +- +notInjected /m);
  assert.match(out, /^shop +deployment\/web +1 +deny +hostProcesses /m);
  assert.match(out, /: 1 would be refused, 300 not injected\n$/);
});

Deno.test("status --policy: flags that ask a wrapper are a usage error", async () => {
  await using cluster = await shop();
  for (
    const words of [
      ["web"],
      ["--min=55"],
      ["--url=http://10.0.0.1:8199"],
      ["--pid=1"],
      ["--watch"],
      ["-o", "html"],
      ["-A", "-n", "shop"],
    ]
  ) {
    const { code, err } = await statusOf(cluster.api, ["--policy", ...words]);
    assert.equal(code, 64, words.join(" "));
    assert.match(err, /(?:--policy|-A) /);
  }
});
