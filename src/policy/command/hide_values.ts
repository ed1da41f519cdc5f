/** Hides values of a pod's variables, words and annotations: what `explain` prints often ends in the log of a CI. */
import { looksLikeCredential } from "@/base/text.ts";
import type { KubernetesObject } from "../evaluate/inject.ts";

// deno-lint-ignore no-explicit-any -- a pod that the schema has accepted
type Pod = any;

const HIDDEN = "***";
/** A value that is a reference as a whole, or a switch. */
const SHOWN =
  /^(?:(?:>>)?(?:vault|bao):[^#]+#[^#{}]*|[$][(][^()]+[)]|true|false|off|)$/;

/** `--password=…`: the name stays. */
const NAMED = /^([^=]*(?:pass|pwd|secret|token|key|credential)[^=]*=)[^]+$/i;
const OWN_ANNOTATION = /^(?:cloudtaser|prometheus)\.io\//;

/** Copies of the pod before and after injection, without the values that it brings along. */
export function hideValues(
  before: KubernetesObject,
  after: KubernetesObject,
): { before: KubernetesObject; after: KubernetesObject } {
  const copies = structuredClone({ before, after }) as Record<string, Pod>;
  for (const { metadata, spec } of Object.values(copies)) {
    hideAnnotations(metadata?.annotations ?? {});
    [...spec.containers, ...spec.initContainers ?? []].forEach(hideWords);
  }
  for (const kind of ["containers", "initContainers"]) {
    for (const own of (before as Pod).spec[kind] ?? []) {
      for (const pod of Object.values(copies)) {
        const same = pod.spec[kind].find(({ name }: Pod) => name === own.name);
        hide(same?.env, own.env);
      }
    }
  }
  return copies as { before: KubernetesObject; after: KubernetesObject };
}

/** Injection adds behind the container's own variables. */
function hide(env: Pod[] = [], own: Pod[] = []): void {
  for (const variable of env.slice(0, own.length)) {
    const { name, value } = variable;
    if (value === undefined || SHOWN.test(value)) continue;
    if (!name.startsWith("CLOUDTASER_")) variable.value = HIDDEN;
  }
}

function hideAnnotations(annotations: Record<string, string>): void {
  for (const name of Object.keys(annotations)) {
    if (!OWN_ANNOTATION.test(name)) annotations[name] = HIDDEN;
  }
}

function hideWords(container: Pod): void {
  for (const field of ["command", "args"]) {
    const words: string[] | undefined = container[field];
    if (words === undefined) continue;
    container[field] = words.map((word) =>
      looksLikeCredential(word) ? HIDDEN : word.replace(NAMED, `$1${HIDDEN}`)
    );
  }
}
