/**
 * Which pods have wrappers, and on which ports these answer. Told by the pod
 * itself, first rule first: the annotation; a port that is named for it or has
 * the default number; the setting; the command; the injector's mark or the label.
 */
import { safeText } from "@/fleet/command/clean.ts";
import type { Shape } from "./shape.ts";

/** The port of CLOUDTASER_LISTEN when nobody says anything else. */
export const DEFAULT_PORT = 8199;

/** `8199`, or `8199,8198` for two wrapped containers, or `off`: not to be asked. */
const PORT_ANNOTATION = "cloudtaser.io/status-port";
const INJECT_ANNOTATION = "cloudtaser.io/inject";
const PROTECTED_LABEL = "cloudtaser.io/protected";
const MOST_PORTS = 16;

/** Who is asked: one wrapper. */
export interface Subject {
  readonly namespace: string;
  readonly pod: string;
  readonly node?: string;
  /** Undefined: its status server is off, or it cannot be told where it is. */
  readonly port?: number;
  /** Why it would be no use to ask. */
  readonly silence?: string;
  /** It shares the node's network: somebody else may answer on its port. */
  readonly onNode?: boolean;
}

/**
 * The wrappers of one pod of the API; none when it has none.
 *
 * @param wanted it was asked for by name: then there is one, on the default port
 * @throws ShapeError when it is no pod
 */
export function findSubjects(pod: Shape, wanted: boolean): Subject[] {
  const { namespace, name, annotations, isMarked } = readMetadata(pod);
  const spec = pod.object("spec");
  const phase = pod.object("status")?.text("phase") ?? "Unknown";
  const node = spec?.text("nodeName");
  const hasEnded = phase === "Succeeded" || phase === "Failed";
  if (hasEnded && !wanted) return [];
  const ports = findPorts(spec, annotations) ??
    (wanted || isMarked ? [DEFAULT_PORT] : []);
  const common = {
    namespace,
    pod: name,
    ...(node && { node: safeText(node, 253) }),
    ...(spec?.flag("hostNetwork") && { onNode: true }),
  };
  // A pod that is starting may answer already: only who cannot is not asked.
  const silence = hasEnded || !node
    ? `the pod is ${safeText(phase, 40)}`
    : undefined;
  return ports.map((port) =>
    typeof port === "number"
      ? { ...common, port, ...(silence && { silence }) }
      : { ...common, silence: silence ?? port }
  );
}

function readMetadata(pod: Shape) {
  const metadata = pod.object("metadata");
  const annotations = metadata?.object("annotations");
  return {
    namespace: safeText(metadata?.text("namespace") ?? "", 253),
    name: safeText(metadata?.text("name") ?? "", 253),
    annotations,
    isMarked: annotations?.text(INJECT_ANNOTATION) === "true" ||
      metadata?.object("labels")?.text(PROTECTED_LABEL) === "true",
  };
}

/** A port to ask, or why there is none. */
type Port = number | string;

function findPorts(
  spec: Shape | undefined,
  annotations: Shape | undefined,
): Port[] | undefined {
  const annotated = annotations?.text(PORT_ANNOTATION);
  if (annotated !== undefined) return parsePorts(annotated);
  const containers = [
    ...(spec?.objects("containers") ?? []),
    ...(spec?.objects("initContainers") ?? []).filter((one) =>
      one.text("restartPolicy") === "Always"
    ),
  ];
  const claimed = containers.flatMap((one) => [
    ...new Set(findContainerPorts(one)),
  ]);
  return claimed.length > 0 ? settleClaims(claimed) : undefined;
}

/** Containers of a pod share its ports: of two with the same, one is not heard. */
function settleClaims(claimed: readonly Port[]): Port[] {
  const twice = new Set(
    claimed.filter((port, index) =>
      typeof port === "number" && claimed.indexOf(port) !== index
    ),
  );
  const found = [
    ...new Set(claimed),
    ...[...twice].map((port) =>
      `another container has its port ${port}: give it one by CLOUDTASER_LISTEN`
    ),
  ];
  if (found.length <= MOST_PORTS) return found;
  const left = found.length - MOST_PORTS;
  return [...found.slice(0, MOST_PORTS), `${left} more are not asked`];
}

function parsePorts(text: string): Port[] {
  if (text.trim() === "off") return [];
  return text.split(",").slice(0, MOST_PORTS).map((word) => {
    const port = parsePort(word.trim());
    return port ?? `its annotation ${PORT_ANNOTATION} is no port`;
  });
}

/** Words that make the program something else than a wrapper: the node's agent, for one. */
const OTHER_COMMANDS = ["agent", "check", "fetcher", "install", "status"];

function findContainerPorts(container: Shape): Port[] {
  if (isOtherCommand(container)) return [];
  const setting = container.objects("env").find((one) =>
    one.text("name") === "CLOUDTASER_LISTEN"
  );
  const listen = setting?.text("value");
  if (listen === "off") {
    return ["its status server is off (CLOUDTASER_LISTEN)"];
  }
  const named = container.objects("ports").filter((port) =>
    /^cloudtaser(-|$)/.test(port.text("name") ?? "")
  ).map((port) => port.number("containerPort", 1, 65_535) ?? DEFAULT_PORT);
  if (named.length > 0) return named;
  const set = parsePort(listen?.split(":").at(-1));
  if (set !== undefined) return [set];
  return isWrapped(container) ? [DEFAULT_PORT] : [];
}

function isOtherCommand(container: Shape): boolean {
  const [first = "", second = ""] = [
    ...container.texts("command"),
    ...container.texts("args"),
  ];
  return OTHER_COMMANDS.includes(isOurs(first) ? second : first);
}

function isOurs(command: string): boolean {
  return /(^|\/)cloudtaser-wrapper$/.test(command);
}

function isWrapped(container: Shape): boolean {
  const [command = ""] = container.texts("command");
  const hasSettings = container.objects("env").some((one) =>
    one.text("name")?.startsWith("CLOUDTASER_")
  );
  const hasPort = container.objects("ports").some((one) =>
    one.raw("containerPort") === DEFAULT_PORT
  );
  return hasSettings || hasPort || isOurs(command);
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}
