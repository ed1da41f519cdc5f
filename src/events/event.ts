/** The event as a Kubernetes object, and the URL to post it to. Pure. */
import type { CoreV1Event } from "@kubernetes/client-node";
import type { PodEvent } from "@/protocol/events.ts";

/** The pod that the event is about. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  /** `kubectl describe pod` finds events by it. */
  readonly uid?: string;
  readonly node?: string;
}

/** The reporting component of the events. */
const COMPONENT = "cloudtaser-wrapper";
/** With the suffix, a name stays within the limit of 253 characters. */
const NAME_LIMIT = 220;

/** Kubernetes' own type, with times as in JSON. */
type JsonEvent = Omit<CoreV1Event, "firstTimestamp" | "lastTimestamp"> & {
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
};

/** A core/v1 Event. `suffix` makes its name unique. */
export function makeEvent(
  pod: PodName,
  event: PodEvent,
  { at, suffix }: { readonly at: Date; readonly suffix: string },
): JsonEvent {
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
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component: COMPONENT, ...(node !== undefined && { host: node }) },
    reportingComponent: COMPONENT,
    reportingInstance: name.slice(0, 128),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** The URL of a namespace's events; undefined when host or port is invalid. */
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
