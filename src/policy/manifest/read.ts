/** Finds pods and templates of pods in manifests: YAML or JSON, several documents, Lists. */
import { loadAll, YAMLException } from "js-yaml";
import * as v from "valibot";
import { ConfigError } from "@/base/errors.ts";
import { safeText } from "@/base/text.ts";
import type { KubernetesObject } from "../evaluate/inject.ts";
import { explainIssue, POD } from "./schema.ts";

/** A pod, or what makes pods. */
export interface Workload {
  /** `Deployment shop/payments`. */
  readonly title: string;
  readonly namespace: string | undefined;
  /** Metadata and specification of its pods, or why the API server would not accept them. */
  readonly pod: KubernetesObject | ConfigError;
}

/** An object of JSON. */
export type Table = Record<string, unknown>;

/** Where kinds have the template of their pods; other kinds too, for example a Rollout. */
const TEMPLATES = [
  ["spec", "jobTemplate", "spec", "template"],
  ["spec", "template"],
  ["template"],
] as const;

const PODLIKE =
  /^(?:pod|podtemplate|deployment|statefulset|daemonset|replicaset|replicationcontroller|job|cronjob)$/i;

/** Against aliases that refer to each other. */
const MOST_NODES = 2_000_000;
const MOST_LEVELS = 100;

/** All objects of a stream, those of Lists too. @throws {ConfigError} when it is not YAML */
export function readObjects(text: string, place: string): Table[] {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    // js-yaml's own message quotes the lines around the error.
    const line = error instanceof YAMLException ? error.mark?.line : undefined;
    const where = line === undefined ? "" : ` at line ${line + 1}`;
    throw new ConfigError(`${place} is not YAML${where}: correct it`, {
      cause: error,
    });
  }
  const budget = { nodes: MOST_NODES, place };
  return documents.map((one) => asStored(one, budget)).filter(isTable)
    .flatMap(listItems);
}

function listItems(object: Table): Table[] {
  const { kind, items } = object;
  return String(kind).endsWith("List") && Array.isArray(items)
    // The API writes items of a PodList without their kind.
    ? items.filter(isTable)
      .map((item) => ({ kind: String(kind).slice(0, -"List".length), ...item }))
      .flatMap(listItems)
    : [object];
}

/** Pods and what makes pods, in their order. */
export function findWorkloads(objects: readonly Table[]): Workload[] {
  return objects.flatMap((object) => {
    const pod = findPod(object);
    if (pod === undefined) return [];
    const result = v.safeParse(POD, pod);
    return [{
      title: titleOf(object),
      namespace: namespaceOf(object),
      pod: result.success
        ? pod as KubernetesObject
        : new ConfigError(explainIssue(result.issues[0])),
    }];
  });
}

function findPod(object: Table): unknown {
  if (object.kind === "Pod") return completed(object);
  for (const path of TEMPLATES) {
    let node: unknown = object;
    for (const key of path) node = isTable(node) ? node[key] : undefined;
    if (isTable(node) && isTable(node.spec) && "containers" in node.spec) {
      return completed(node);
    }
  }
  return undefined;
}

/** As the API server completes it: a template needs no metadata, and `serviceAccount` is an old name. */
function completed({ metadata = {}, spec }: Table): unknown {
  if (!isTable(spec)) return { metadata, spec };
  const { serviceAccount, serviceAccountName = serviceAccount } = spec;
  return {
    metadata,
    spec: {
      ...spec,
      ...(serviceAccountName !== undefined && { serviceAccountName }),
    },
  };
}

/** Objects that seem to make pods, in a form that is not known here. */
export function findUnread(objects: readonly Table[]): string[] {
  return objects.filter((object) =>
    findPod(object) === undefined &&
    (PODLIKE.test(String(object.kind)) || hasContainers(object))
  ).map(titleOf);
}

function hasContainers(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasContainers);
  return isTable(value) &&
    Object.entries(value).some(([key, item]) =>
      (/^containers?$/.test(key) && typeof item === "object") ||
      hasContainers(item)
    );
}

/** The namespace that an object names. */
export function namespaceOf({ metadata }: Table): string | undefined {
  const { namespace } = isTable(metadata) ? metadata : {};
  return typeof namespace === "string" && namespace !== ""
    ? namespace
    : undefined;
}

/** `Deployment shop/payments`, fit for a line of text. */
export function titleOf({ kind, metadata }: Table): string {
  const { namespace, name, generateName } = isTable(metadata) ? metadata : {};
  const path = [namespace, name ?? generateName ?? "without name"]
    .filter((part) => typeof part === "string").join("/");
  return safeText(`${kind} ${path}`, 600);
}

interface Budget {
  nodes: number;
  readonly place: string;
}

/** Without nulls and empty lists, which the API server drops. Aliases become copies. */
function asStored(value: unknown, budget: Budget, depth = 0): unknown {
  if (--budget.nodes < 0 || depth > MOST_LEVELS) {
    throw new ConfigError(
      `${budget.place} is too large or too deep: use fewer aliases, or several files`,
    );
  }
  const next = (item: unknown) => asStored(item, budget, depth + 1);
  if (Array.isArray(value)) return value.map(next);
  if (!isTable(value)) return value;
  if (Object.hasOwn(value, "__proto__")) {
    throw new ConfigError(`${budget.place} has a key __proto__: remove it`);
  }
  return Object.fromEntries(
    Object.entries(value).filter(([key, item]) =>
      item !== null &&
      (key === "containers" || !Array.isArray(item) || item.length > 0)
    ).map(([key, item]) => [key, next(item)]),
  );
}

/** True for an object of JSON. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
