/** Rules: a pod cannot reach the node's processes, kernel or agent. */
import { items, pattern } from "./cel.ts";
import { AGENT_EXPORT, AGENT_VOLUME } from "./names.ts";
import { ENV, IS_WRAPPED, type Rule, rule, VOLUMES } from "./rule.ts";

/** Each undoes the protection, or reads the memory of another process or of the node. */
const CAPABILITIES = [
  "ALL",
  "SYS_ADMIN",
  "SYS_PTRACE",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_BOOT",
  "BPF",
  "PERFMON",
  "CHECKPOINT_RESTORE",
  "DAC_READ_SEARCH",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "SYSLOG",
];

const ALLOWED = `variables.hostPaths.split(',').exists(allowed, allowed != '' &&
  (v.hostPath.path == allowed || v.hostPath.path.startsWith(allowed + '/')))`;
const PLAIN = pattern("^(?:/(?:[^/.][^/]*|[.][^/.][^/]*|[.][.][^/]+))+/?$");

/** The agent blocks reads of a neighbour's memory and environment; without it the same user reads both. */
const HAS_AGENT = "('ebpf_connected' in variables.requiredChecks.split(','))";
/** Containers that run side by side. */
const LASTING =
  "(object.spec.containers + variables.inits.filter(c, has(c.restartPolicy) && c.restartPolicy == 'Always'))";

/** In the order of their findings. */
export const HOST_RULES: readonly Rule[] = [
  rule(
    "hostProcesses",
    "`hostPID`",
    `!variables.isDebug && has(object.spec.hostPID) && object.spec.hostPID
      ? ['the pod has hostPID, and could read processes of the node: remove it'] : []`,
  ),
  rule(
    "sharedProcesses",
    "`shareProcessNamespace` of several containers, and an ephemeral container with `targetContainerName`, unless the wrapper starts them and `ebpf_connected` is required",
    `variables.isDebug
      ? variables.debuggers.filter(c, has(c.targetContainerName) && c.targetContainerName != '' && ${IS_WRAPPED} && !${HAS_AGENT}).map(c,
        'ephemeral container ' + c.name + ' shares the processes of ' + c.targetContainerName + ', and could read what they hold: remove targetContainerName')
      : has(object.spec.shareProcessNamespace) && object.spec.shareProcessNamespace && size(${LASTING}) > 1
      ? ${LASTING}.filter(c, !(${IS_WRAPPED} && ${HAS_AGENT})).map(c,
        'the pod has shareProcessNamespace, and container ' + c.name + ' could read the others: remove it, or have cloudtaser-wrapper start all of them and parameter requiredChecks contain ebpf_connected') : []`,
  ),
  rule(
    "capabilities",
    `privileged containers, an unmasked /proc, and these capabilities: ${
      CAPABILITIES.map((name) => `\`${name}\``).join(" ")
    }`,
    `variables.everyContainer.filter(c, has(c.securityContext)).map(c, {'name': dyn(c.name), 'found': dyn(
        (has(c.securityContext.privileged) && c.securityContext.privileged ? ['privileged'] : [])
        + (has(c.securityContext.procMount) && c.securityContext.procMount != 'Default' ? ['procMount'] : [])
        + (has(c.securityContext.capabilities) && has(c.securityContext.capabilities.add)
          ? c.securityContext.capabilities.add.filter(name, name.matches(${
      pattern(`^(?i:(?:CAP_)?(?:${CAPABILITIES.join("|")}))$`)
    })) : []))})
      .filter(f, size(f.found) > 0).map(f, 'container ' + f.name + ' has ' + f.found.join(', ') +
        ', with which it could read protected processes: remove it from securityContext')`,
  ),
  rule(
    "hostPaths",
    "a `hostPath` that is not at or below a path of parameter `hostPaths`",
    `variables.isDebug ? [] : ${VOLUMES}.filter(v, has(v.hostPath) &&
      !(v.name == '${AGENT_VOLUME}' && variables.agentSocket == 'hostPath' && v.hostPath.path == '${AGENT_EXPORT}') &&
      !(v.hostPath.path.matches(${PLAIN}) && ${ALLOWED})).map(v,
      'volume ' + v.name + ' is hostPath ' + v.hostPath.path + ', with which the pod could reach the node or other pods: ' +
      'use another volume, or add an absolute path without // . and .. to parameter hostPaths')`,
  ),
  rule(
    "ports",
    "two containers with the same port for their status pages, or a status page on a port of another container",
    `variables.isDebug ? [] : variables.targets.filter(c, ${IS_WRAPPED} && ${ENV}.exists(e, e.name == 'CLOUDTASER_LISTEN' && has(e.value) && e.value.matches('^:[0-9]+$') &&
      object.spec.containers.exists(other, other.name != c.name && (${
      items("other", "env")
    }.exists(o, o.name == 'CLOUDTASER_LISTEN' && has(o.value) && o.value == e.value) ||
        ${
      items("other", "ports")
    }.exists(p, ':' + string(p.containerPort) == e.value))))).map(c,
      'container ' + c.name + ': another container of the pod has the port of its status page; set CLOUDTASER_LISTEN of the container, or parameter statusPort')`,
  ),
];
