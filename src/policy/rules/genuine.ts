/** Rules: the wrapper that starts is the injected one, and no container can replace it. */
import { pattern } from "./cel.ts";
import {
  AGENT_CLAIM,
  AGENT_EXPORT,
  AGENT_VOLUME,
  INSTALL_CONTAINER,
  TOKEN_PATH,
  VAULT_VOLUME,
  WRAPPER,
  WRAPPER_VOLUME,
} from "./names.ts";
import {
  DEVICES,
  IS_WRAPPED,
  MOUNTS,
  type Rule,
  rule,
  VOLUMES,
} from "./rule.ts";

const RESERVED = pattern("^/cloudtaser(?:-agent|-vault)?(?:/|$)");
/** A path without `//`, `.` and `..`: only such paths can be compared. */
const PLAIN = pattern("^(?:/(?:[^/.][^/]*|[.][^/.][^/]*|[.][.][^/]+))+/?$");

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
  (!has(c.terminationMessagePath) || c.terminationMessagePath in ['', '/dev/termination-log']) &&
  ${MOUNTS}.exists(m, ${INSTALL_MOUNT}) &&
  ${MOUNTS}.all(m, (${INSTALL_MOUNT}) || m.mountPath == '${TOKEN_PATH}')`;

/** In the order of their findings. */
export const GENUINE_RULES: readonly Rule[] = [
  rule(
    "realWrapper",
    "a file that is not the injected wrapper: another volume, subPath or a writable mount at its place",
    `!variables.isJudged || variables.isTemplate ? [] : variables.targets.filter(c, ${IS_WRAPPED} && ${MOUNTS}.filter(m, ${OWN_MOUNT}).size() != 1).map(c,
      'container ' + c.name + ': ${WRAPPER} is not the injected file; mount volume ${WRAPPER_VOLUME} at /${WRAPPER_VOLUME}, readOnly and without subPath, or remove the mount')`,
  ),
  rule(
    "reservedPaths",
    "a mount or a device at, above or below the injected directories, or a path that is not written plainly",
    `variables.targets.map(c, {'name': dyn(c.name), 'paths': dyn(
        ${MOUNTS}.filter(m, !(${IS_INJECTED}) && (m.mountPath.matches(${RESERVED}) || !m.mountPath.matches(${PLAIN}))).map(m, m.mountPath)
        + ${DEVICES}.filter(d, d.devicePath.matches(${RESERVED}) || !d.devicePath.matches(${PLAIN})).map(d, d.devicePath)
        + (has(c.terminationMessagePath) && c.terminationMessagePath.matches(${RESERVED}) ? [c.terminationMessagePath] : []))})
      .filter(found, size(found.paths) > 0)
      .map(found, 'container ' + found.name + ' mounts ' + found.paths.join(', ') +
        ': use an absolute path without // . and .., outside of /cloudtaser, /cloudtaser-agent and /cloudtaser-vault')`,
  ),
  rule(
    "readOnlyAgent",
    "a container that can write to the directory of the agent's socket, or a claim of it that is not read-only",
    `variables.everyContainer.filter(c, ${MOUNTS}.exists(m, m.name in variables.agentVolumes && !(has(m.readOnly) && m.readOnly))).map(c,
      'container ' + c.name + ' can write to the directory of the agent: mount it readOnly')
      + (variables.isDebug ? [] : ${VOLUMES}.filter(v, has(v.persistentVolumeClaim) && v.persistentVolumeClaim.claimName == '${AGENT_CLAIM}' &&
        !(has(v.persistentVolumeClaim.readOnly) && v.persistentVolumeClaim.readOnly)).map(v,
        'volume ' + v.name + ' is the claim ${AGENT_CLAIM}: set its readOnly'))`,
  ),
  rule(
    "readOnlyWrapper",
    "a container that can write to the wrapper's volume",
    `variables.everyContainer.filter(c, c.name != '${INSTALL_CONTAINER}' && ${MOUNTS}.exists(m, m.name == '${WRAPPER_VOLUME}' && !(has(m.readOnly) && m.readOnly))).map(c,
      'container ' + c.name + ' can write to volume ${WRAPPER_VOLUME}, from which others start: mount it readOnly')`,
  ),
  rule(
    "realVolumes",
    "a volume that has an injected volume's name and another content",
    `variables.isDebug || !variables.isJudged ? [] : ${VOLUMES}.filter(v, ${WRONG_VOLUME}).map(v,
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
    `variables.isDebug || variables.isTemplate || !variables.isJudged || variables.delivery != 'copy' || !variables.targets.exists(c, ${IS_WRAPPED}) || variables.allInits.exists(c, c.name == '${INSTALL_CONTAINER}') ? [] :
      ['the pod has no init container ${INSTALL_CONTAINER}: take it from cloudtaser-wrapper policy explain']`,
  ),
];
