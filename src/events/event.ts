/** The event as the API takes it, and where it is sent. Pure. */
import type { Saying } from "@/protocol/events.ts";

/** The pod that it is said about. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  /** `kubectl describe pod` looks for events by it. */
  readonly uid?: string;
  readonly node?: string;
}

/** Where events of these names come from. */
const COMPONENT = "cloudtaser-wrapper";
/** With the suffix it stays below the 253 characters of a name. */
const NAME_LIMIT = 220;

/** A core/v1 Event. `suffix` makes its name one of a kind. */
export function makeEvent(
  pod: PodName,
  saying: Saying,
  { at, suffix }: { readonly at: Date; readonly suffix: string },
): Record<string, unknown> {
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const { namespace, name, uid, node } = pod;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace, name: `${name.slice(0, NAME_LIMIT)}.${suffix}` },
    involvedObject: {
      apiVersion: "v1",
      kind: "Pod",
      namespace,
      name,
      ...(uid !== undefined && { uid }),
    },
    type: saying.type,
    reason: saying.reason,
    message: saying.message,
    source: { component: COMPONENT, ...(node !== undefined && { host: node }) },
    reportingComponent: COMPONENT,
    reportingInstance: name.slice(0, 128),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** The address for a namespace's events; undefined when host or port cannot be one. */
export function eventsUrl(
  server: { readonly host: string; readonly port: string },
  namespace: string,
): URL | undefined {
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  const text = `https://${host}:${server.port}`;
  if (!/^[\w.:[\]-]+$/.test(`${host}:${server.port}`) || !URL.canParse(text)) {
    return undefined;
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  return new URL(path, text);
}
