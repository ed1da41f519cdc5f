/** Reads from the API server where the policy acts, by which parameters, and on what. */
import * as v from "valibot";
import { FleetError } from "@/fleet/command/errors.ts";
import {
  ask,
  type Controls,
  describeRefusal,
  listAll,
} from "@/fleet/kubernetes/pages.ts";
import {
  object,
  parse,
  parseJson,
  SchemaError,
} from "@/fleet/kubernetes/schema.ts";
import type { Session } from "@/fleet/kubernetes/session.ts";
import type { KubernetesObject } from "@/policy/evaluate/inject.ts";
import {
  INJECTION_POLICY,
  NAMESPACE_LABEL,
  PARAMETERS_NAME,
} from "@/policy/rules/names.ts";
import { readSubject, type Subject } from "./subject.ts";

const NAMESPACE = object({
  metadata: object({
    // It becomes part of a path.
    name: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
    labels: v.nullish(v.record(v.string(), v.string())),
  }),
});

const CONFIG_MAP = object({
  kind: v.literal("ConfigMap"),
  data: v.nullish(v.record(v.string(), v.string())),
});

const { name: LABEL, value: ENABLED } = NAMESPACE_LABEL;

/** Names of the namespaces with the label. @throws FleetError */
export async function listProtected(
  session: Session,
  controls: Controls,
): Promise<string[]> {
  const read = (item: unknown, place: string) => [
    parse(NAMESPACE, item, place).metadata.name,
  ];
  const labelSelector = `${LABEL}=${ENABLED}`;
  const path = "api/v1/namespaces";
  const things = "namespaces (-n NAMESPACE needs no such right)";
  const kind = "NamespaceList";
  const listing = { path, things, kind, labelSelector, read };
  return (await listAll(session, listing, controls)).sort();
}

/** Whether the namespace has the label. Undefined: the caller may not see that. @throws FleetError when it does not exist */
export async function isProtected(
  session: Session,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const reply = await ask(session, `api/v1/namespaces/${namespace}`, signal);
  if (reply.status === 403) return undefined;
  if (reply.status !== 200) {
    const why = describeRefusal(reply);
    throw new FleetError(`Cannot read namespace ${namespace}: ${why}`);
  }
  const { metadata } = understood(() => parseJson(NAMESPACE, reply.text));
  return metadata.labels?.[LABEL] === ENABLED;
}

/** The ConfigMap of parameters. Undefined: it does not exist. @throws FleetError */
export async function readParameters(
  session: Session,
  namespace: string,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const path = `api/v1/namespaces/${namespace}/configmaps/${PARAMETERS_NAME}`;
  const reply = await ask(session, path, signal);
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) {
    const what = `ConfigMap ${PARAMETERS_NAME} of namespace ${namespace}`;
    throw new FleetError(`Cannot read ${what}: ${describeRefusal(reply)}`);
  }
  return understood(() => parseJson(CONFIG_MAP, reply.text));
}

/** Pods of the namespace that have not ended. @throws FleetError */
export async function listSubjects(
  session: Session,
  namespace: string,
  controls: Controls,
): Promise<Subject[]> {
  const path = `api/v1/namespaces/${namespace}/pods`;
  const listing = { path, things: "pods", kind: "PodList", read: readSubject };
  return await listAll(session, listing, controls);
}

/**
 * Whether the cluster injects new pods. Kubernetes before 1.36 answers 404 for
 * the whole kind. Undefined: the caller may not see policies. @throws FleetError
 */
export async function injectsPods(
  session: Session,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const path =
    `apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/${INJECTION_POLICY}`;
  const reply = await ask(session, path, signal);
  if (reply.status === 404) return false;
  if (reply.status === 403) return undefined;
  if (reply.status === 200) return true;
  throw new FleetError(
    `Cannot read policy ${INJECTION_POLICY}: ${describeRefusal(reply)}`,
  );
}

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new FleetError(`Not a Kubernetes API server: ${error.message}`);
  }
}
