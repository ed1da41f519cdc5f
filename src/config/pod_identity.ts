/** Pod, namespace and node: from downward API variables, else from what every pod has. */
import { readRegularText } from "@/base/regular_file.ts";
import type { Variable } from "./reader.ts";

/** The known part of where this process runs. */
export interface Identity {
  readonly pod?: string;
  readonly namespace?: string;
  readonly node?: string;
}

const NAMESPACE_FILE =
  "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** Reads POD_NAME, POD_NAMESPACE and NODE_NAME; the host name is the pod's name inside a pod. */
export function readIdentity(variables: readonly Variable[]): Identity {
  const value = (name: string) =>
    variables.find((v) => v.name === name)?.text() || undefined;
  const namespace = value("POD_NAMESPACE") ?? readNamespace();
  const pod = value("POD_NAME") ??
    (namespace === undefined ? undefined : Deno.hostname());
  const node = value("NODE_NAME");
  return {
    ...(pod !== undefined && { pod }),
    ...(namespace !== undefined && { namespace }),
    ...(node !== undefined && { node }),
  };
}

/**
 * Host names of this process, in lower case: the host's, the pod's, the node's,
 * and the host's aliases in /etc/hosts (where the kubelet writes the pod's name).
 */
export function listOwnNames({ pod, node }: Identity): string[] {
  const host = Deno.hostname();
  const names = [host, pod, node, ...readAliases(host)];
  return names.flatMap((name) => name ? [name.toLowerCase()] : []);
}

function readAliases(host: string): string[] {
  try {
    return readRegularText("/etc/hosts").toLowerCase().split("\n")
      .map((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1))
      .filter((names) => names.includes(host.toLowerCase())).flat();
  } catch {
    return [];
  }
}

function readNamespace(): string | undefined {
  try {
    return readRegularText(NAMESPACE_FILE).trim() || undefined;
  } catch {
    return undefined;
  }
}
