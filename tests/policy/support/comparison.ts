/** Compares what the API server and the local evaluation do with the same pod. */
import { deepEqual, equal } from "node:assert/strict";
import {
  type PolicyFinding,
  policyFindings,
} from "../../../src/policy/evaluate/findings.ts";
import {
  injectPod,
  type KubernetesObject,
} from "../../../src/policy/evaluate/inject.ts";

/** What the API server answered to a dry run. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- any object of the API
  readonly body: any;
  /** Texts of its warnings; undefined when the caller cannot see them. */
  readonly warnings?: readonly string[];
}

/** What became of a pod. */
export type Outcome = "refused" | "warned" | "accepted";

/**
 * Judges `pod`, as the API server has completed it without policies, and
 * compares the result with its answer in the protected namespace.
 */
export function compare(
  pod: KubernetesObject,
  parameters: KubernetesObject,
  answer: Answer,
): Outcome {
  const injected = injectPod(pod, parameters);
  const findings = policyFindings(injected, parameters);
  const denied = findings.filter(({ level }) => level === "deny");
  if (denied.length > 0) {
    equal(answer.status, 422, JSON.stringify(answer.body));
    equal(textBehind(answer.body.message), join(denied));
    return "refused";
  }
  equal(answer.status, 201, answer.body.message);
  deepEqual(normalize(answer.body), normalize(injected));
  const warned = findings.filter(({ level }) => level === "warn");
  if (answer.warnings !== undefined) {
    const ours = answer.warnings.filter((text) => text.includes("cloudtaser-"));
    deepEqual(ours.map(textBehind), warned.length > 0 ? [join(warned)] : []);
  }
  return warned.length > 0 ? "warned" : "accepted";
}

/** The policy's own words. */
function textBehind(message: string): string {
  const [, text = message] =
    /'cloudtaser-\w+'(?: denied request)?: ([^]*)$/.exec(message) ?? [];
  return text;
}

function join(findings: readonly PolicyFinding[]): string {
  const texts = findings.map(({ text }) => text);
  const rest = texts.length - 8;
  const shown = texts.slice(0, 8).join("; ");
  return rest > 0 ? `${shown}; and ${rest} more` : shown;
}

/** What the API server adds to whatever it receives. */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["terminationMessagePath", "/dev/termination-log"],
  ["terminationMessagePolicy", "File"],
  ["imagePullPolicy", "IfNotPresent"],
  ["pullPolicy", "IfNotPresent"],
  ["apiVersion", "v1"],
  ["defaultMode", 420],
]);

/** Labels, annotations and specification without defaults and the mounts of the service account's token. */
function normalize({ metadata, spec }: KubernetesObject): unknown {
  const { labels, annotations } = metadata as KubernetesObject;
  return strip({ labels, annotations, spec });
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !/^kube-api-access-/.test(item?.name ?? ""))
      .map(strip);
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, item]) =>
    DEFAULTS.get(key) !== item && JSON.stringify(item) !== "{}"
  ).map(([key, item]) => [key, strip(item)] as const);
  return Object.fromEntries(
    kept.filter(([, item]) => !Array.isArray(item) || item.length > 0),
  );
}
