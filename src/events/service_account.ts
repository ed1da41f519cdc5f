/** The pod's own service account, as Kubernetes mounts it, and what its token says about the pod. */
import type { BoundTo } from "@/protocol/events.ts";

import { readRegularText } from "@/base/regular_file.ts";

/** Where every pod has it that is not told otherwise. */
export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** A token may have as many bytes; one of Kubernetes has 1 to 2 KB. */
const LIMIT_BYTES = 64 * 1024;

/** What is mounted. */
export interface ServiceAccount {
  readonly token: string;
  /** PEM; the only authority that is trusted. */
  readonly ca: string;
  readonly namespace: string | undefined;
}

/** Reads it; undefined where none is mounted. */
export function readServiceAccount(
  folder: string,
): ServiceAccount | undefined {
  const token = read(`${folder}/token`)?.trim();
  const ca = read(`${folder}/ca.crt`);
  // A header can hold nothing else, and an error of fetch would quote it.
  if (!token || !/^[\w.=+/~-]+$/.test(token) || !ca) return undefined;
  return { token, ca, namespace: read(`${folder}/namespace`)?.trim() };
}

function read(path: string): string | undefined {
  try {
    return readRegularText(path, LIMIT_BYTES) || undefined;
  } catch {
    return undefined;
  }
}

/** The pod that a bound token names, nothing for others. Not verified: it is our own. */
export function readBinding(token: string): BoundTo {
  const claims = object(object(decode(token))["kubernetes.io"]);
  const pod = object(claims.pod);
  return {
    ...text("namespace", claims.namespace),
    ...text("name", pod.name),
    ...text("uid", pod.uid),
    ...text("node", object(claims.node).name),
  };
}

function decode(token: string): unknown {
  try {
    const payload = token.split(".")[1] ?? "";
    const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? value as Record<string, unknown>
    : {};
}

function text(name: string, value: unknown): Record<string, string> {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}
