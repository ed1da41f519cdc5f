/** A few hundred generated pods: the API server and the local evaluation inject and judge them alike. */
import { ok, throws } from "node:assert/strict";
import fc from "fast-check";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { compare } from "../policy/support/comparison.ts";
import { app, makePod } from "../policy/support/judge.ts";
import { PARAMETER_SETS } from "../policy/support/parameter_sets.ts";
import { POD } from "../policy/support/pods.ts";
import { applied, readManifest } from "./support/deployed.ts";
import { testInCluster } from "./support/test_in_cluster.ts";

const PODS = 320;
/** Requests at a time. */
const AT_ONCE = 4;
const PLAIN = "compare-plain";
type Set = keyof typeof PARAMETER_SETS;
const SETS = Object.keys(PARAMETER_SETS) as Set[];
const namespaceOf = (set: Set) => `compare-${set}`;

/** Namespaces with parameters, and one without the label. */
function listObjects(): unknown[] {
  const names = [PLAIN, ...SETS.map(namespaceOf)];
  return [
    ...names.map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name,
        ...(name !== PLAIN &&
          { labels: { "cloudtaser.io/inject": "enabled" } }),
      },
    })),
    ...names.map((namespace) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "metrics", namespace },
    })),
    ...SETS.map((set) => ({
      ...PARAMETER_SETS[set],
      metadata: { name: "cloudtaser", namespace: namespaceOf(set) },
    })),
  ];
}

async function create(cluster: Cluster, namespace: string, pod: unknown) {
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
  const { status, headers, body } = await cluster.api.request(
    "POST",
    path,
    pod,
  );
  return { status, body, warnings: readWarnings(headers.get("warning") ?? "") };
}

/** `299 - "text", 299 - "text"` */
function readWarnings(header: string): string[] {
  return [...header.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)]
    .map(([, text = '""']) => JSON.parse(text));
}

async function areInForce(cluster: Cluster): Promise<boolean> {
  const bare = makePod([{ name: "bare", image: "x" }]);
  const answers = await Promise.all(
    (["deny", "strict", "warn"] as const).map((set) =>
      create(cluster, namespaceOf(set), bare)
    ),
  );
  const wrapped = await create(cluster, namespaceOf("audit"), makePod([app()]));
  return answers.every(({ status, warnings }) =>
    status === 422 || warnings.length > 0
  ) && wrapped.body?.spec?.containers[0].command.length > 1;
}

testInCluster(
  "policy: the API server and policy explain agree on generated pods",
  async ({ cluster }) => {
    const objects = { apiVersion: "v1", kind: "List", items: listObjects() };
    // It stays: without it the API server would not read the parameters of the next test.
    await cluster.apply(await readManifest("policy-anchor.yaml"));
    await using _namespaces = await applied(cluster, JSON.stringify(objects));
    await using _policies = await applied(
      cluster,
      await readManifest("policy.yaml"),
    );
    await eventually(() => areInForce(cluster), (are) => are, 30_000);

    const counts = new Map<string, number>();
    const pods = fc.sample(POD, PODS);
    for (let at = 0; at < pods.length; at += AT_ONCE) {
      const some = pods.slice(at, at + AT_ONCE).map((pod, index) =>
        comparePod(cluster, SETS[(at + index) % SETS.length]!, pod)
      );
      for (const outcome of await Promise.all(some)) {
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
    }
    for (
      const key of [
        "deny refused",
        "deny accepted",
        "strict refused",
        "strict accepted",
        "warn warned",
        "warn accepted",
        "audit accepted",
      ]
    ) ok((counts.get(key) ?? 0) > 5, `${key}: ${counts.get(key)}`);

    // Control: other parameters give another result.
    const plain = await create(cluster, PLAIN, makePod([app()]));
    const answer = await create(cluster, namespaceOf("deny"), makePod([app()]));
    throws(() => compare(plain.body, PARAMETER_SETS.strict, answer));
  },
);

/** @returns the set and what became of the pod there */
async function comparePod(
  cluster: Cluster,
  set: Set,
  pod: unknown,
): Promise<string> {
  const plain = await create(cluster, PLAIN, pod);
  // The generator makes what the API server accepts; a pod that it refuses would compare nothing.
  ok(plain.status === 201, JSON.stringify(plain.body));
  const answer = await create(cluster, namespaceOf(set), pod);
  try {
    return `${set} ${compare(plain.body, PARAMETER_SETS[set], answer)}`;
  } catch (error) {
    throw new Error(`${set} ${JSON.stringify(pod)}`, { cause: error });
  }
}
