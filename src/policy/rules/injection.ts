/**
 * The mutations of the policy that injects. Each looks whether its work is
 * done, because the API server invokes a policy again when another one has
 * changed the pod, and none replaces what a pod brings along: the rules judge
 * that. `command` and lists with it are atomic, so all are JSON patches.
 */
import { items, line, type Variable, variable } from "./cel.ts";
import {
  INSTALL_CONTAINER,
  MOST_CONTAINERS,
  PORT_ANNOTATION,
  PROTECTED_LABEL,
  WRAPPER,
  WRAPPER_VOLUME,
} from "./names.ts";
import { isWrapped, startsWrapper } from "./pod.ts";

const INDEXES = `[${
  Array.from({ length: MOST_CONTAINERS + 1 }, (_, i) => i).join(", ")
}]`;

/** Where containers are, which of them the wrapper is to start, and the first one's port. */
const KINDS = [
  {
    path: "/spec/containers",
    found: "object.spec.containers",
    wanted: "true",
    port: "int(variables.statusPort)",
  },
  {
    path: "/spec/initContainers",
    found: "variables.allInits",
    wanted: "c.name in variables.wantedInits",
    port: `int(variables.statusPort) + ${MOST_CONTAINERS}`,
  },
] as const;
type Kind = typeof KINDS[number];

/** Whether the pod is injected at all. The rules say why one is not. */
export const INJECTION_VARIABLES: readonly Variable[] = [
  variable(
    "isActive",
    `size(variables.parameterProblems) == 0 && !variables.isExempt &&
      size(object.spec.containers) <= ${MOST_CONTAINERS} && size(variables.allInits) <= ${MOST_CONTAINERS} + 1`,
  ),
  variable(
    "isInjected",
    `variables.isActive && (object.spec.containers + variables.allInits).exists(c, ${
      isWrapped("c")
    })`,
  ),
];

/** Indexes of one kind's containers for which `condition` holds for the container `c`. */
function indexes({ found }: Kind, condition: string): string {
  return `${INDEXES}.filter(i, variables.isActive && i < size(${found}) &&
    [${found}[i]].all(c, ${condition}))`;
}

/** A patch for each of these containers, named `c`, with their index `i`. */
function patchEach(
  kind: Kind,
  condition: string,
  field: string,
  value: string,
) {
  return line(`${indexes(kind, condition)}.map(i, JSONPatch{op: "add",
    path: "${kind.path}/" + string(i) + "/${field}",
    value: [${kind.found}[i]].map(c, ${value})[0]})`);
}

/** Adds to a list of each container that the wrapper starts, by whosever command, what `missing` selects of it. */
function addMissing(kind: Kind, field: string, missing: string): string {
  const condition = `${isWrapped("c")} && size(${missing}) > 0`;
  return patchEach(kind, condition, field, `${items("c", field)} + ${missing}`);
}

function command(kind: Kind): string {
  const condition =
    `${kind.wanted} && has(c.command) && size(c.command) > 0 && !${
      startsWrapper("c")
    }`;
  return patchEach(
    kind,
    condition,
    "command",
    `['${WRAPPER}', '--'] + c.command`,
  );
}

/** The port of the container's status page, as text. An init container that ends has none. */
function listen(kind: Kind): string {
  const port = `':' + string(${kind.port} + i)`;
  return kind.path === "/spec/containers"
    ? port
    : `has(c.restartPolicy) && c.restartPolicy == 'Always' ? ${port} : 'off'`;
}

function environment(kind: Kind): string {
  const missing = `(variables.settings
      + [{'name': dyn('CLOUDTASER_LISTEN'), 'value': dyn(${listen(kind)})}])
    .filter(e, !${items("c", "env")}.exists(own, own.name == e.name ||
      (e.name.startsWith('VAULT_') && own.name == e.name.replace('VAULT_', 'BAO_', 1))))`;
  return addMissing(kind, "env", missing);
}

function mounts(kind: Kind): string {
  return addMissing(
    kind,
    "volumeMounts",
    `variables.mounts.filter(m, !${
      items("c", "volumeMounts")
    }.exists(own, own.mountPath == m.mountPath))`,
  );
}

/** Declares the port by the name that a PodMonitor scrapes. */
function ports(kind: Kind): string {
  return addMissing(
    kind,
    "ports",
    `[${kind.port} + i].filter(port, ${
      items("c", "env")
    }.exists(e, e.name == 'CLOUDTASER_LISTEN' && has(e.value) && e.value == ':' + string(port))
      && !${
      items("c", "ports")
    }.exists(own, own.containerPort == port || (has(own.name) && own.name == 'status')))
      .map(port, {'name': dyn('status'), 'containerPort': dyn(port), 'protocol': dyn('TCP')})`,
  );
}

function volumes(): string {
  const missing = `variables.volumes.filter(v, !${
    items("object.spec", "volumes")
  }.exists(own, own.name == v.name))`;
  return line(`!variables.isInjected || size(${missing}) == 0 ? [] :
    [JSONPatch{op: "add", path: "/spec/volumes", value: ${
    items("object.spec", "volumes")
  } + ${missing}}]`);
}

/** First of the init containers, so that the others find the wrapper. */
function install(): string {
  return line(`!variables.isInjected || variables.delivery != 'copy' ||
    variables.allInits.exists(c, c.name == '${INSTALL_CONTAINER}') ? [] :
    (has(object.spec.initContainers) ? [] : [JSONPatch{op: "add", path: "/spec/initContainers", value: []}])
    + [JSONPatch{op: "add", path: "/spec/initContainers/0", value: ${INSTALL}}]`);
}

const INSTALL = `{
  'name': dyn('${INSTALL_CONTAINER}'),
  'image': dyn(variables.image),
  'command': dyn(['/cloudtaser-wrapper', 'install', '/${WRAPPER_VOLUME}']),
  'securityContext': dyn({
    'allowPrivilegeEscalation': dyn(false), 'readOnlyRootFilesystem': dyn(true), 'runAsNonRoot': dyn(true),
    'runAsUser': dyn(65532), 'runAsGroup': dyn(65532), 'capabilities': dyn({'drop': ['ALL']}),
    'seccompProfile': dyn({'type': 'RuntimeDefault'})}),
  'resources': dyn({'requests': {'cpu': '20m', 'memory': '96Mi'}, 'limits': {'cpu': '1', 'memory': '256Mi'}}),
  'volumeMounts': dyn([{'name': '${WRAPPER_VOLUME}', 'mountPath': '/${WRAPPER_VOLUME}'}])}`;

/** Ports of all status pages, and what a Prometheus without its operator looks for. */
function metadata(): string {
  const pages = `(object.spec.containers + variables.allInits).filter(c, ${
    isWrapped("c")
  }).map(c, ${
    items("c", "env")
  }.filter(e, e.name == 'CLOUDTASER_LISTEN' && has(e.value) &&
    e.value.matches('^[^ ]*:[0-9]+$')).map(e, e.value.split(':').filter(part, part.matches('^[0-9]+$'))))
    .filter(found, size(found) > 0).map(found, found[0][size(found[0]) - 1])`;
  const annotation = (name: string, condition: string, value: string) =>
    `(${condition} ? [JSONPatch{op: "add", path: "/metadata/annotations/${
      name.replace("/", "~1")
    }", value: ${value}}] : [])`;
  const scraped = "'prometheus.io/scrape' in variables.annotations";
  return line(`!variables.isInjected ? [] :
    (has(object.metadata.annotations) ? [] : [JSONPatch{op: "add", path: "/metadata/annotations", value: {}}])
    + (has(object.metadata.labels) ? [] : [JSONPatch{op: "add", path: "/metadata/labels", value: {}}])
    + (has(object.metadata.labels) && '${PROTECTED_LABEL}' in object.metadata.labels ? [] :
      [JSONPatch{op: "add", path: "/metadata/labels/${
    PROTECTED_LABEL.replace("/", "~1")
  }", value: "true"}])
    + [${pages}].map(ports, '${PORT_ANNOTATION}' in variables.annotations || size(ports) == 0 ? [] :
      ${annotation(PORT_ANNOTATION, "true", "ports.join(',')")} + ${
    annotation("prometheus.io/scrape", `!(${scraped})`, '"true"')
  } + ${annotation("prometheus.io/port", `!(${scraped})`, "ports[0]")})[0]`);
}

/** One mutation of several lists of patches. Each costs the API server a conversion of the pod, so there are few. */
function together(...patches: readonly string[]): string {
  return patches.map((patch) => `(${patch})`).join(" + ");
}

const each = (make: (kind: Kind) => string) => KINDS.map(make);

/** In their order: each sees what those before it have changed, but not what stands beside it. */
export const MUTATIONS: readonly string[] = [
  together(...each(command)),
  together(...each(environment), ...each(mounts)),
  together(...each(ports), volumes(), install(), metadata()),
];
