/** The pod's own service account, as Kubernetes mounts it, and what its token says about the pod. */
import type { PodReference } from "@/protocol/events.ts";

import { readRegularText } from "@/base/regular_file.ts";

/** Where Kubernetes mounts it by default. */
export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Limit of a file; a Kubernetes token has 1 to 2 KB. */
const LIMIT_BYTES = 64 * 1024;

/** The mounted files. */
export interface ServiceAccount {
  readonly token: string;
  /** PEM of the only trusted CA. */
  readonly ca: string;
  readonly namespace: string | undefined;
}

/** Reads the account; undefined when none is mounted. */
export function readServiceAccount(folder: string): ServiceAccount | undefined {
  const token = read(`${folder}/token`)?.trim();
  const ca = read(`${folder}/ca.crt`);
  // Other characters are invalid in a header, and the error of fetch would quote the token.
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

/** The pod in the claims of a bound token; {} for other tokens. The signature is not verified: it is our own token. */
export function readBinding(token: string): PodReference {
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
