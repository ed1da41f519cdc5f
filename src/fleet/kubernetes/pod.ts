/**
 * Finds the wrappers of a pod and the ports of their status servers. The first
 * rule that applies decides: the annotation; a port with the default number or a
 * name for it; the setting; the command; the injector's annotation or the label.
 */
import type { V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import * as v from "valibot";
import { safeText } from "@/base/text.ts";
import { numberIn, object, parse, text } from "./schema.ts";

/** The default port of CLOUDTASER_LISTEN. */
export const DEFAULT_PORT = 8199;

/** `8199`, `8199,8198` for two wrapped containers, or `off`. */
const PORT_ANNOTATION = "cloudtaser.io/status-port";
const INJECT_ANNOTATION = "cloudtaser.io/inject";
const PROTECTED_LABEL = "cloudtaser.io/protected";
const MOST_PORTS = 16;

/** One wrapper to request the status of. */
export interface Target {
  readonly namespace: string;
  readonly pod: string;
  readonly node?: string;
  /** Undefined when its status server is off or its port is unknown. */
  readonly port?: number;
  /** Why a request would be useless. */
  readonly error?: string;
  /** The pod has hostNetwork, so another process may respond on its port. */
  readonly onNode?: boolean;
}

/** The official type, as far as the server sent it. */
type Received<T> = T extends readonly (infer Item)[] ? Received<Item>[]
  : T extends object ? { [K in keyof T]?: Received<T[K]> | null | undefined }
  : T;

const list = <T>(item: v.GenericSchema<unknown, T>) => v.nullish(v.array(item));

const CONTAINER = object({
  command: list(v.string()),
  args: list(v.string()),
  restartPolicy: text,
  env: list(object({ name: text, value: text })),
  ports: list(
    object({ name: text, containerPort: v.nullish(numberIn(1, 65_535)) }),
  ),
});

const POD: v.GenericSchema<unknown, Received<V1Pod>> = object({
  metadata: v.nullish(object({
    namespace: text,
    name: text,
    annotations: v.nullish(
      object({ [PORT_ANNOTATION]: text, [INJECT_ANNOTATION]: text }),
    ),
    labels: v.nullish(object({ [PROTECTED_LABEL]: text })),
  })),
  spec: v.nullish(object({
    nodeName: text,
    hostNetwork: v.nullish(v.boolean()),
    containers: list(CONTAINER),
    initContainers: list(CONTAINER),
  })),
  status: v.nullish(object({ phase: text })),
});

/**
 * The wrappers of one pod of the API.
 *
 * @param wanted the user named this pod: assume one wrapper on the default port
 * @throws SchemaError when the value is not a pod
 */
export function findTargets(
  value: unknown,
  wanted: boolean,
  place = "",
): Target[] {
  const { metadata, spec, status } = parse(POD, value, place);
  const phase = status?.phase ?? "Unknown";
  const node = spec?.nodeName;
  const hasEnded = phase === "Succeeded" || phase === "Failed";
  if (hasEnded && !wanted) return [];
  const isMarked = metadata?.annotations?.[INJECT_ANNOTATION] === "true" ||
    metadata?.labels?.[PROTECTED_LABEL] === "true";
  const ports =
    findPorts(spec ?? {}, metadata?.annotations?.[PORT_ANNOTATION]) ??
      (wanted || isMarked ? [DEFAULT_PORT] : []);
  const common = {
    namespace: safeText(metadata?.namespace ?? "", 253),
    pod: safeText(metadata?.name ?? "", 253),
    ...(node && { node: safeText(node, 253) }),
    ...(spec?.hostNetwork && { onNode: true }),
  };
  // The wrapper of a starting pod may respond already.
  const error = hasEnded || !node
    ? `the pod is ${safeText(phase, 40)}`
    : undefined;
  return ports.map((port) =>
    typeof port === "number"
      ? { ...common, port, ...(error && { error }) }
      : { ...common, error: error ?? port }
  );
}

/** A port, or why there is none. */
type Port = number | string;

function findPorts(
  spec: Received<V1PodSpec>,
  annotation: string | null | undefined,
): Port[] | undefined {
  if (typeof annotation === "string") return parsePorts(annotation);
  const sidecars = spec.initContainers?.filter((one) =>
    one.restartPolicy === "Always"
  );
  const claimed = [...spec.containers ?? [], ...sidecars ?? []].flatMap((
    one,
  ) => [...new Set(findContainerPorts(one))]);
  return claimed.length > 0 ? settleClaims(claimed) : undefined;
}

/** The containers of a pod share its ports: of two on the same port, only one can listen. */
function settleClaims(claimed: readonly Port[]): Port[] {
  const twice = new Set(
    claimed.filter((port, index) =>
      typeof port === "number" && claimed.indexOf(port) !== index
    ),
  );
  const found = [
    ...new Set(claimed),
    ...[...twice].map((port) =>
      `another container uses its port ${port}: set CLOUDTASER_LISTEN to another one`
    ),
  ];
  if (found.length <= MOST_PORTS) return found;
  const left = found.length - MOST_PORTS;
  return [...found.slice(0, MOST_PORTS), `${left} more ports are not queried`];
}

function parsePorts(annotation: string): Port[] {
  if (annotation.trim() === "off") return [];
  return annotation.split(",").slice(0, MOST_PORTS).map((word) =>
    parsePort(word.trim()) ?? `its annotation ${PORT_ANNOTATION} is not a port`
  );
}

/** Commands of the binary that are not a wrapper. */
const OTHER_COMMANDS = ["agent", "check", "install", "status"];

function findContainerPorts(container: Received<V1Container>): Port[] {
  if (isOtherCommand(container)) return [];
  const listen = container.env?.find((one) => one.name === "CLOUDTASER_LISTEN")
    ?.value;
  if (listen === "off") {
    return ["its status server is off (CLOUDTASER_LISTEN)"];
  }
  const named = container.ports?.filter((port) =>
    /^cloudtaser(-|$)/.test(port.name ?? "")
  ).map((port) => port.containerPort ?? DEFAULT_PORT);
  if (named && named.length > 0) return named;
  const set = parsePort(listen?.split(":").at(-1));
  if (set !== undefined) return [set];
  return isWrapped(container) ? [DEFAULT_PORT] : [];
}

function isOtherCommand({ command, args }: Received<V1Container>): boolean {
  const [first = "", second = ""] = [...command ?? [], ...args ?? []];
  return OTHER_COMMANDS.includes(isWrapper(first) ? second : first);
}

function isWrapper(command: string): boolean {
  return /(^|\/)cloudtaser-wrapper$/.test(command);
}

function isWrapped({ command, env, ports }: Received<V1Container>): boolean {
  return isWrapper(command?.[0] ?? "") ||
    (env ?? []).some(({ name }) => name?.startsWith("CLOUDTASER_")) ||
    (ports ?? []).some((one) => one.containerPort === DEFAULT_PORT);
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}
