/** A pod that runs, as the policy's report needs it. */
import * as v from "valibot";
import { safeText } from "@/base/text.ts";
import { list, object, parse, text } from "@/fleet/kubernetes/schema.ts";

/** The names of what is reported, and the pod for the rules. */
export interface Subject {
  readonly namespace: string;
  readonly pod: string;
  /** What made it: `deployment/web`; `pod/web` when nothing did. */
  readonly workload: string;
  /** How its pods are made again, as a command or in words. */
  readonly restart: string;
  /** As the API server sent it. */
  readonly object: Readonly<Record<string, unknown>>;
  /** Names of ephemeral containers that run. */
  readonly debuggers: readonly string[];
}

const OWNER = object({
  kind: v.string(),
  name: v.string(),
  controller: v.nullish(v.boolean()),
});

const POD = object({
  metadata: object({
    namespace: v.string(),
    name: v.string(),
    deletionTimestamp: text,
    labels: v.nullish(object({ "pod-template-hash": text })),
    ownerReferences: list(OWNER),
  }),
  spec: object({ containers: v.array(object({ name: v.string() })) }),
  status: v.nullish(object({
    phase: text,
    ephemeralContainerStatuses: list(object({
      name: v.string(),
      state: v.nullish(object({ running: v.nullish(object({})) })),
    })),
  })),
});

/** Kinds that `kubectl rollout restart` knows. */
const RESTARTED = ["deployment", "statefulset", "daemonset"];

/** One pod, or none if it has ended or is being deleted. @throws SchemaError */
export function readSubject(value: unknown, place: string): Subject[] {
  const { metadata, status } = parse(POD, value, place);
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  if (hasEnded || metadata.deletionTimestamp) return [];
  const namespace = safeText(metadata.namespace, 253);
  const pod = safeText(metadata.name, 253);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  const hash = metadata.labels?.["pod-template-hash"] ?? undefined;
  const workload = owner
    ? safeText(nameOwner(owner.kind, owner.name, hash), 300)
    : `pod/${pod}`;
  return [{
    namespace,
    pod,
    workload,
    restart: describeRestart(namespace, workload),
    object: value as Readonly<Record<string, unknown>>,
    debuggers: (status?.ephemeralContainerStatuses ?? [])
      .filter(({ state }) => state?.running).map(({ name }) => name),
  }];
}

/** A Deployment owns its pods through a ReplicaSet, which has its name and the template's hash. */
function nameOwner(kind: string, name: string, hash?: string): string {
  const isOfDeployment = kind === "ReplicaSet" && hash !== undefined &&
    name.endsWith(`-${hash}`);
  return isOfDeployment
    ? `deployment/${name.slice(0, -hash.length - 1)}`
    : `${kind.toLowerCase()}/${name}`;
}

function describeRestart(namespace: string, workload: string): string {
  const [kind = ""] = workload.split("/");
  if (RESTARTED.includes(kind)) {
    return `kubectl -n ${namespace} rollout restart ${workload}`;
  }
  if (kind === "pod") return "delete the pod and create it again";
  if (kind === "job") return "delete the Job and create it again";
  return `delete the pod: ${workload} makes a new one`;
}
