/** Requests to the API server: all pods; one pod; the status of one wrapper. */
import { ask, type Controls, describeRefusal, listAll } from "./pages.ts";
import { findTargets, type Target } from "./pod.ts";
import type { Session } from "./session.ts";

/**
 * All wrappers of a namespace, or of all namespaces (undefined).
 *
 * @throws FleetError when the server does not list pods
 */
export async function listTargets(
  session: Session,
  namespace: string | undefined,
  controls: Controls,
): Promise<Target[]> {
  const path = namespace === undefined
    ? "api/v1/pods"
    : `api/v1/namespaces/${namespace}/pods`;
  const read = (pod: unknown, place: string) => findTargets(pod, false, place);
  const listing = { path, things: "pods", kind: "PodList", read };
  return await listAll(session, listing, controls);
}

/** The wrappers of one pod. A missing pod is one target with an error. @throws FleetError */
export async function findPod(
  session: Session,
  { namespace, pod }: Target,
  signal: AbortSignal,
): Promise<Target[]> {
  const path = `api/v1/namespaces/${namespace}/pods/${pod}`;
  const reply = await ask(session, path, signal);
  if (reply.status !== 200) {
    return [{ namespace, pod, error: describeRefusal(reply) }];
  }
  try {
    const found = findTargets(JSON.parse(reply.text), true);
    if (found.every((one) => one.pod === pod)) return found;
  } catch {
    // The response is not a pod.
  }
  return [{ namespace, pod, error: "the server did not return this pod" }];
}

/** Path of a wrapper's status through the API server. */
export function proxyPath({ namespace, pod }: Target, port: number): string {
  return `api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/v1/status`;
}
