/** Short ways to make pods, to inject and to judge them. */
import {
  type PolicyFinding,
  policyFindings,
} from "../../../src/policy/evaluate/findings.ts";
import {
  injectPod,
  type KubernetesObject,
} from "../../../src/policy/evaluate/inject.ts";
import { makeParameters } from "./parameter_sets.ts";

type Table = Readonly<Record<string, unknown>>;

/** A container of a pod as the API returns it. */
// deno-lint-ignore no-explicit-any -- any field of the API
type Container = any;

/** A pod; `more` is further specification. */
export function makePod(
  containers: readonly Table[],
  more: Table = {},
  annotations?: Readonly<Record<string, string>>,
): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", ...(annotations && { annotations }) },
    spec: { containers, ...more },
  };
}

/** A container with a command. */
export function app(more: Table = {}): Table {
  return { name: "app", image: "app:1", command: ["/app"], ...more };
}

/** What the rules find in a pod after injection. */
export function judge(
  pod: KubernetesObject,
  data: Readonly<Record<string, string>> = {},
): PolicyFinding[] {
  const parameters = makeParameters({ mode: "deny", ...data });
  return policyFindings(injectPod(pod, parameters), parameters);
}

/** What they find in a pod of a cluster that does not inject. */
export function judgeAsIs(
  pod: KubernetesObject,
  data: Readonly<Record<string, string>> = {},
): PolicyFinding[] {
  return policyFindings(pod, makeParameters({ mode: "deny", ...data }));
}

/** `rule: text` of each finding. */
export function textsOf(findings: readonly PolicyFinding[]): string[] {
  return findings.map(({ rule, text }) => `${rule}: ${text}`);
}

/** The pod after injection, with its containers by name. */
export function inject(
  pod: KubernetesObject,
  data: Readonly<Record<string, string>> = {},
): { pod: KubernetesObject; spec: Container; of: (name: string) => Container } {
  const injected = injectPod(pod, makeParameters(data));
  const { spec } = injected as { spec: Container };
  const all: Container[] = [...spec.containers, ...spec.initContainers ?? []];
  return {
    pod: injected,
    spec,
    of: (name) => all.find((one) => one.name === name),
  };
}
