/** What the policy would say to pods that run, if they were created today. Pure. */
import { kindOf } from "@/base/errors.ts";
import { safeText } from "@/base/text.ts";
import type {
  parameterProblems,
  PolicyFinding,
  policyFindings,
} from "@/policy/evaluate/findings.ts";
import type { injectPod, KubernetesObject } from "@/policy/evaluate/inject.ts";
import { WRAPPER } from "@/policy/rules/names.ts";
import type { Subject } from "./subject.ts";

/** One pod with findings, or that cannot be judged. */
export interface JudgedPod extends Omit<Subject, "object" | "debuggers"> {
  /** It started before the label, and would be injected today. */
  readonly notInjected: boolean;
  /** What remains when it is injected. */
  readonly findings: readonly PolicyFinding[];
  /** Why there is no result. */
  readonly error: string | undefined;
}

/** The evaluation of the rules: of the policy's script, so that other calls of `status` do not parse it. */
export interface RuleEngine {
  readonly policyFindings: typeof policyFindings;
  readonly parameterProblems: typeof parameterProblems;
  readonly injectPod: typeof injectPod;
}

/** The rules of one namespace. */
export interface NamespaceRules {
  readonly engine: RuleEngine;
  /** Its ConfigMap. */
  readonly parameters: KubernetesObject;
  /** The cluster injects new pods. */
  readonly injects: boolean;
}

type Verdict = Pick<JudgedPod, "notInjected" | "findings" | "error">;

/** Judges the pods of one namespace, each distinct specification once: the rules take milliseconds. */
export class Judge {
  readonly #rules: NamespaceRules;
  readonly #verdicts = new Map<string, Verdict>();

  constructor(rules: NamespaceRules) {
    this.#rules = rules;
  }

  /** Judges one pod. */
  judge(subject: Subject): JudgedPod {
    const { object: _, debuggers: __, ...names } = subject;
    const key = describeSpecification(subject);
    let verdict = this.#verdicts.get(key);
    if (!verdict) {
      verdict = judgePod(subject, this.#rules);
      this.#verdicts.set(key, verdict);
    }
    return { ...names, ...verdict };
  }
}

/** Equal for pods of one template: without what the scheduler and the API server add to each. */
function describeSpecification({ object, debuggers }: Subject): string {
  const { annotations, labels } = object.metadata as Record<string, unknown>;
  const spec = { ...object.spec as object, nodeName: "", hostname: "" };
  return JSON.stringify([annotations, labels, spec, debuggers])
    .replace(/"kube-api-access-[a-z0-9]{5}"/g, '"kube-api-access"');
}

function judgePod(subject: Subject, rules: NamespaceRules): Verdict {
  const { object } = subject;
  const { engine, parameters, injects } = rules;
  const none = { notInjected: false, findings: [], error: undefined };
  try {
    const debugged = judgeDebuggers(subject, rules);
    const found = engine.policyFindings(object, parameters);
    if (found.length === 0) return { ...none, findings: debugged };
    const injected = injects && !isInjected(object)
      ? engine.injectPod(object, parameters)
      : object;
    const notInjected = injected !== object && isInjected(injected);
    const left = notInjected
      ? engine.policyFindings(injected, parameters)
      : found;
    return { ...none, notInjected, findings: [...left, ...debugged] };
  } catch (error) {
    // The message may quote values of the pod.
    const reason = `the rules cannot be evaluated (${kindOf(error)})`;
    return { ...none, error: safeText(reason) };
  }
}

/** Whether the pod is reported. */
export function isReported(
  { notInjected, findings, error }: JudgedPod,
): boolean {
  return notInjected || findings.length > 0 || error !== undefined;
}

/** Containers of `kubectl debug` that run. Those that ended stay in the specification. */
function judgeDebuggers(
  { object, debuggers }: Subject,
  { engine, parameters }: NamespaceRules,
): PolicyFinding[] {
  if (debuggers.length === 0) return [];
  const spec = object.spec as Record<string, unknown>;
  const all = spec.ephemeralContainers as { readonly name: string }[];
  const specify = (ephemeralContainers: readonly unknown[]) => ({
    ...object,
    spec: { ...spec, ephemeralContainers },
  });
  return engine.policyFindings(
    specify(all.filter(({ name }) => debuggers.includes(name))),
    parameters,
    { subResource: "ephemeralcontainers", oldObject: specify([]) },
  );
}

function isInjected({ spec }: KubernetesObject): boolean {
  const { containers } = spec as {
    readonly containers: readonly { readonly command?: readonly string[] }[];
  };
  return containers.some(({ command }) => command?.[0] === WRAPPER);
}
