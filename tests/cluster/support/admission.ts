/** What the API server answers to manifests: it admits them, perhaps changed and with warnings, or refuses them. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { applied } from "./deployed.ts";

/** One answer. */
export interface Admission {
  /** The objects, as policies changed them; none when it refused one. */
  // deno-lint-ignore no-explicit-any -- any kind of object
  readonly objects: readonly any[];
  /** Why it refused objects, one line each; empty when it admitted all. */
  readonly refusal: string;
  readonly warnings: readonly string[];
}

const WARNING = "Warning: ";

/**
 * Applies manifests, YAML or JSON text.
 *
 * @param options `dryRun`: everything but storing the objects
 */
export async function tryApply(
  cluster: Cluster,
  manifests: string,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Admission> {
  const flags = ["--output=json", ...(dryRun ? ["--dry-run=server"] : [])];
  const words = ["apply", ...flags, "--filename=-"];
  const { stdout, stderr } = await cluster.tryKubectl(words, manifests);
  const lines = stderr.split("\n").filter((line) => line !== "");
  const isWarning = (line: string) => line.startsWith(WARNING);
  return {
    objects: readObjects(stdout),
    refusal: lines.filter((line) => !isWarning(line)).join("\n"),
    warnings: lines.filter(isWarning).map((line) => line.slice(WARNING.length)),
  };
}

/** One object, or a list of several. */
function readObjects(json: string): unknown[] {
  if (json.trim() === "") return [];
  const object = JSON.parse(json);
  return object.kind === "List" ? object.items : [object];
}

/**
 * Waits until the API server uses the admission policies as they are now; it
 * reads them again once a second. It sees changes of policies and bindings in
 * their order, so those that were applied or deleted before the two of this
 * function are in effect when these are. Their parameters are read apart: after
 * a change of those, wait for the answer that it makes.
 */
export async function policiesTakeEffect(cluster: Cluster): Promise<void> {
  const name = `marker-${crypto.randomUUID()}`;
  await using _ = await applied(cluster, makeMarkers(name).join("\n---\n"));
  const probe = JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
  });
  await eventually(
    () => tryApply(cluster, probe, { dryRun: true }),
    ({ objects, warnings }) =>
      objects[0]?.metadata.annotations.marker === name &&
      warnings.some((text) => text.includes(name)),
  );
}

/** Policies for the ConfigMap of this name: one annotates it, the other warns. */
function makeMarkers(name: string): string[] {
  const spec = {
    matchConstraints: {
      resourceRules: [{
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["configmaps"],
      }],
    },
    matchConditions: [{
      name: "marker",
      expression: `object.metadata.name == '${name}'`,
    }],
  };
  const metadata = `Object.metadata{annotations: {'marker': '${name}'}}`;
  const mutation = {
    patchType: "ApplyConfiguration",
    applyConfiguration: { expression: `Object{metadata: ${metadata}}` },
  };
  const kinds: readonly [string, object, object][] = [
    [
      "MutatingAdmissionPolicy",
      { reinvocationPolicy: "Never", mutations: [mutation] },
      {},
    ],
    [
      "ValidatingAdmissionPolicy",
      { validations: [{ expression: "false", message: name }] },
      { validationActions: ["Warn"] },
    ],
  ];
  const object = (kind: string, spec: object) =>
    JSON.stringify({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind,
      metadata: { name },
      spec,
    });
  return kinds.flatMap(([kind, policy, binding]) => [
    object(kind, { ...spec, ...policy }),
    object(`${kind}Binding`, { policyName: name, ...binding }),
  ]);
}
