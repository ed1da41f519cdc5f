/** Who we are in the cluster, as far as the pod tells: downward API variables, else what every pod has. */
import type { Variable } from "@/config/mod.ts";
import type { Identity } from "@/report/mod.ts";

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

function readNamespace(): string | undefined {
  try {
    return Deno.readTextFileSync(NAMESPACE_FILE).trim() || undefined;
  } catch {
    return undefined;
  }
}
