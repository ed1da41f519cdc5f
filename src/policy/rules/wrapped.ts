/** Rules: the wrapper starts every container, and it is the real one. */
import { items, line, pattern } from "./cel.ts";
import {
  AGENT_CLAIM,
  AGENT_EXPORT,
  AGENT_VOLUME,
  EXEMPT_ANNOTATION,
  INIT_ANNOTATION,
  INSTALL_CONTAINER,
  MOST_CONTAINERS,
  TOKEN_PATH,
  VAULT_VOLUME,
  WRAPPER,
  WRAPPER_VOLUME,
} from "./names.ts";
import { isWrapped, startsWrapper } from "./pod.ts";
import { type Rule, rule } from "./rule.ts";

const RESERVED = pattern("^/cloudtaser(?:-agent|-vault)?(?:/|$)");
/** A path without `//`, `.` and `..`: only such paths can be compared. */
const PLAIN = pattern("^(?:/(?:[^/.][^/]*|[.][^/.][^/]*|[.][.][^/]+))+/?$");

const NO_COMMAND = line(
  `'container ' + c.name + ' is not started by cloudtaser-wrapper: it has no command, and the API server ' +
  'cannot see the entrypoint of its image; set command to the Entrypoint and args to the Cmd that this prints: crane config ' +
  c.image + ' | jq .config'`,
);
const NOT_WRAPPED = line(
  `'container ' + c.name + ' is not started by cloudtaser-wrapper: ' + (${
    startsWrapper("c")
  } ?
  'its command starts ' + c.command[0] + (c.command[0] == '${WRAPPER}' ? ' with its own flags or without an application' : '') +
    '; remove that from command, injection adds the wrapper and variables replace flags' :
  'begin its command with ${WRAPPER} and --')`,
);
const DEBUGGER = line(
  `'ephemeral container ' + c.name + ' is not started by cloudtaser-wrapper, and could read what processes of the pod hold; ' +
  'use kubectl exec instead'`,
);

/** Mounts of `c` that hold the wrapper. */
const OWN_MOUNT =
  `m.mountPath == '/${WRAPPER_VOLUME}' && m.name == '${WRAPPER_VOLUME}' &&
  has(m.readOnly) && m.readOnly && !has(m.subPath) && !has(m.subPathExpr)`;
/** `m` is one of the injected mounts. */
const IS_INJECTED =
  `m.mountPath == '/' + m.name && m.name in ['${WRAPPER_VOLUME}', '${AGENT_VOLUME}', '${VAULT_VOLUME}']
  && !has(m.subPath) && !has(m.subPathExpr)`;

/** The volume of that name differs from what injection adds. */
const WRONG_VOLUME = `
  (v.name == '${WRAPPER_VOLUME}' && !(variables.delivery == 'copy' ? has(v.emptyDir)
    : has(v.image) && has(v.image.reference) && v.image.reference == variables.image)) ||
  (v.name == '${AGENT_VOLUME}' && !(variables.agentSocket == 'claim'
    ? has(v.persistentVolumeClaim) && v.persistentVolumeClaim.claimName == '${AGENT_CLAIM}'
    : variables.agentSocket == 'hostPath' && has(v.hostPath) && v.hostPath.path == '${AGENT_EXPORT}')) ||
  (v.name == '${VAULT_VOLUME}' && !(variables.needsVaultVolume && has(v.projected) && has(v.projected.sources) &&
    v.projected.sources.all(s, has(s.configMap) ? s.configMap.name == variables.vaultCaConfigMap : has(s.serviceAccountToken))))`;

const INSTALL_MOUNT =
  `m.name == '${WRAPPER_VOLUME}' && m.mountPath == '/${WRAPPER_VOLUME}' && !has(m.subPath) && !has(m.subPathExpr)`;

/** What may differ: resources, securityContext, the token's mount. */
const RIGHT_INSTALL =
  `variables.delivery == 'copy' && c.image == variables.image &&
  has(c.command) && c.command == ['/cloudtaser-wrapper', 'install', '/${WRAPPER_VOLUME}'] && !has(c.args) &&
  !has(c.env) && !has(c.envFrom) && !has(c.lifecycle) && !has(c.restartPolicy) && !has(c.workingDir) && !has(c.volumeDevices) &&
  ${items("c", "volumeMounts")}.exists(m, ${INSTALL_MOUNT}) &&
  ${
    items("c", "volumeMounts")
  }.all(m, (${INSTALL_MOUNT}) || m.mountPath == '${TOKEN_PATH}')`;

/** In the order of their findings. */
export const WRAPPED_RULES: readonly Rule[] = [
  rule(
    "parameters",
    "a ConfigMap `cloudtaser` with an unknown key or an invalid value",
    "variables.isDebug ? [] : variables.parameterProblems.map(p, 'ConfigMap cloudtaser: ' + p)",
  ),
  rule(
    "tooMany",
    `more than ${MOST_CONTAINERS} containers or init containers`,
    `variables.isDebug || variables.fits ? [] :
      ['the pod has ' + string(size(object.spec.containers)) + ' containers and ' + string(size(variables.inits)) +
       ' init containers, at most ${MOST_CONTAINERS} of each are injected: use several pods']`,
  ),
  rule(
    "exempted",
    "an exemption that the parameters do not list for this service account and image",
    `variables.isDebug || variables.exemption == '' || variables.isExempt ? [] :
      ['annotation ${EXEMPT_ANNOTATION} names ' + variables.exemption + ', which is not an exemption for service account ' +
        variables.account + ' and all images of this pod: remove it, or add it to parameter exemptions']`,
  ),
  rule(
    "initNames",
    "an annotation that names an init container that does not exist",
    `variables.isDebug ? [] : variables.wantedInits.filter(name, !variables.inits.exists(c, c.name == name)).map(name,
      'annotation ${INIT_ANNOTATION} names ' + name + ', which is not an init container of this pod: correct or remove the name')`,
  ),
  rule(
    "wrapped",
    "a container that the wrapper does not start: no command, its own wrapper, flags or a subcommand of the wrapper",
    `!variables.isJudged || !variables.fits ? [] : variables.targets.filter(c, !${
      isWrapped("c")
    }).map(c, variables.isDebug ? ${DEBUGGER} :
      !has(c.command) || size(c.command) == 0 ? ${NO_COMMAND} : ${NOT_WRAPPED})`,
  ),
  rule(
    "realWrapper",
    "a file that is not the injected wrapper: another volume, subPath or a writable mount at its place",
    `!variables.isJudged ? [] : variables.targets.filter(c, ${
      isWrapped("c")
    } && ${
      items("c", "volumeMounts")
    }.filter(m, ${OWN_MOUNT}).size() != 1).map(c,
      'container ' + c.name + ': ${WRAPPER} is not the injected file; mount volume ${WRAPPER_VOLUME} at /${WRAPPER_VOLUME}, readOnly and without subPath, or remove the mount')`,
  ),
  rule(
    "reservedPaths",
    "a mount or a device at, above or below the injected directories, or a path that is not written plainly",
    `variables.targets.map(c, {'name': dyn(c.name), 'paths': dyn(
        ${
      items("c", "volumeMounts")
    }.filter(m, !(${IS_INJECTED}) && (m.mountPath.matches(${RESERVED}) || !m.mountPath.matches(${PLAIN}))).map(m, m.mountPath)
        + ${
      items("c", "volumeDevices")
    }.filter(d, d.devicePath.matches(${RESERVED}) || !d.devicePath.matches(${PLAIN})).map(d, d.devicePath)
        + (has(c.terminationMessagePath) && c.terminationMessagePath.matches(${RESERVED}) ? [c.terminationMessagePath] : []))})
      .filter(found, size(found.paths) > 0)
      .map(found, 'container ' + found.name + ' mounts ' + found.paths.join(', ') +
        ': use an absolute path without // . and .., outside of /cloudtaser, /cloudtaser-agent and /cloudtaser-vault')`,
  ),
  rule(
    "readOnlyWrapper",
    "a container that can write to the wrapper's volume",
    `variables.everyContainer.filter(c, c.name != '${INSTALL_CONTAINER}' && ${
      items("c", "volumeMounts")
    }.exists(m, m.name == '${WRAPPER_VOLUME}' && !(has(m.readOnly) && m.readOnly))).map(c,
      'container ' + c.name + ' can write to volume ${WRAPPER_VOLUME}, from which others start: mount it readOnly')`,
  ),
  rule(
    "realVolumes",
    "a volume that has an injected volume's name and another content",
    `variables.isDebug || !variables.isJudged ? [] : ${
      items("object.spec", "volumes")
    }.filter(v, ${WRONG_VOLUME}).map(v,
      'volume ' + v.name + ' is not the injected one: remove or rename it')`,
  ),
  rule(
    "realInstall",
    "an init container that has the injected one's name and another content, or does not come first",
    `variables.isDebug || !variables.isJudged ? [] : variables.allInits.filter(c, c.name == '${INSTALL_CONTAINER}' && !(${RIGHT_INSTALL})).map(c,
      'init container ${INSTALL_CONTAINER} is not the injected one: remove or rename it')
      + (variables.allInits.exists(c, c.name == '${INSTALL_CONTAINER}') && variables.allInits[0].name != '${INSTALL_CONTAINER}'
        ? ['init container ${INSTALL_CONTAINER} must come first: remove it, injection adds it'] : [])`,
  ),
  rule(
    "installed",
    "a wrapper's volume that no init container fills",
    `variables.isDebug || !variables.isJudged || variables.delivery != 'copy' || !variables.targets.exists(c, ${
      isWrapped("c")
    }) || variables.allInits.exists(c, c.name == '${INSTALL_CONTAINER}') ? [] :
      ['the pod has no init container ${INSTALL_CONTAINER}: take it from cloudtaser-wrapper policy explain']`,
  ),
];
