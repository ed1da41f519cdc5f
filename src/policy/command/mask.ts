/** Hides what a manifest may have secrets in: its output is for logs of CI, which many can read. */
import type { KubernetesObject } from "../evaluate/inject.ts";
import { isTable } from "../manifest/read.ts";

const HIDDEN = "***";

/** Fields whose texts are names, never secrets. */
const SHOWN: ReadonlySet<string> = new Set([
  "claimName",
  "devicePath",
  "fieldPath",
  "image",
  "imagePullPolicy",
  "key",
  "kind",
  "medium",
  "mountPath",
  "name",
  "namespace",
  "protocol",
  "restartPolicy",
  "secretName",
  "serviceAccountName",
  "sizeLimit",
  "subPath",
  "type",
]);
/** Tables of such texts under any key. */
const SHOWN_TABLES: ReadonlySet<string> = new Set([
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "requests",
]);

/** A whole reference, without data that a write form carries. */
const REFERENCE = /^(?:vault|bao):[\w./-]+#[\w.-]+(?:#[0-9]+)?$/;
const OWN_ANNOTATION = /^cloudtaser\.io\//;

/**
 * A copy that shows what injection added. Texts that the manifest brought are
 * hidden, except names, references and programs.
 *
 * @param brought the pod of the manifest
 */
export function maskManifest(
  pod: KubernetesObject,
  brought: KubernetesObject,
): KubernetesObject {
  return mask(pod, brought, "", "") as KubernetesObject;
}

function mask(
  value: unknown,
  brought: unknown,
  key: string,
  parent: string,
): unknown {
  if (brought === undefined) return value;
  if (typeof value === "string") return maskText(value, key, parent);
  if (Array.isArray(value)) {
    return maskList(value, Array.isArray(brought) ? brought : [], key);
  }
  if (!isTable(value)) return value;
  const before = isTable(brought) ? brought : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      mask(
        item,
        Object.hasOwn(before, name) ? before[name] : undefined,
        name,
        key,
      ),
    ]),
  );
}

function maskText(text: string, key: string, parent: string): string {
  const isShown = SHOWN_TABLES.has(parent) ||
    (parent === "annotations" ? OWN_ANNOTATION.test(key) : SHOWN.has(key)) ||
    REFERENCE.test(text);
  return isShown ? text : HIDDEN;
}

/** Injection puts words before those of a command, and objects with names of their own anywhere. */
function maskList(
  list: readonly unknown[],
  brought: readonly unknown[],
  key: string,
): unknown[] {
  const added = list.length - brought.length;
  return list.map((item, index) => {
    if (typeof item === "string") {
      const isProgram = key === "command" && index === added;
      return index < added || isProgram ? item : maskWord(item);
    }
    const name = isTable(item) ? item.name : undefined;
    const before = name === undefined
      ? item
      : brought.find((one) => isTable(one) && one.name === name);
    return mask(item, before, key, "");
  });
}

/** `--password=…` and `--password`: the name stays. */
function maskWord(word: string): string {
  const [, name, value] = /^(--[a-z][a-z-]*)(=[^]*)?$/i.exec(word) ?? [];
  if (name === undefined) return HIDDEN;
  return value === undefined ? name : `${name}=${HIDDEN}`;
}
