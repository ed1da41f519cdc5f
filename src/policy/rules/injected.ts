/** Variables with what a container gets: settings, mounts and volumes. */
import { type Variable, variable } from "./cel.ts";
import {
  AGENT_CLAIM,
  AGENT_EXPORT,
  AGENT_VOLUME,
  VAULT_VOLUME,
  WRAPPER_VOLUME,
} from "./names.ts";

/** Setting, and its value in CEL; an empty value is left out. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["VAULT_ADDR", "variables.vaultAddr"],
  [
    "VAULT_CACERT",
    `variables.vaultCaConfigMap == '' ? '' : '/${VAULT_VOLUME}/ca.crt'`,
  ],
  [
    "VAULT_AUTH_ROLE",
    "variables.vaultRole == '' ? variables.account : variables.vaultRole",
  ],
  ["VAULT_AUTH_MOUNT_PATH", "variables.vaultAuthMount"],
  ["VAULT_NAMESPACE", "variables.vaultNamespace"],
  [
    "VAULT_JWT_FILE",
    `variables.vaultAudience == '' ? '' : '/${VAULT_VOLUME}/token'`,
  ],
  ["CLOUDTASER_REQUIRE_CHECKS", "variables.requiredChecks"],
  [
    "CLOUDTASER_INTERPOSE",
    "variables.interpose == 'off' ? '' : variables.interpose",
  ],
  // The rest is set even to its default: a ConfigMap or Secret of envFrom, which the API server cannot see, has no effect then.
  ["VAULT_SKIP_VERIFY", "'false'"],
  ["CLOUDTASER_MIN_PROTECTION_SCORE", "variables.minimumScore"],
  ["CLOUDTASER_SCORE_CHECKS", "'active'"],
  ["CLOUDTASER_AGENT_SOCKET", "variables.agentPath"],
  // In a user namespace the wrapper cannot verify that this user is the node's root: the pod's author decides.
  ["CLOUDTASER_AGENT_UID", "variables.agentUid == '0' ? '0' : ''"],
];

const IDENTITY: readonly (readonly [string, string])[] = [
  ["POD_NAME", "metadata.name"],
  ["POD_NAMESPACE", "metadata.namespace"],
  ["NODE_NAME", "spec.nodeName"],
];

const PROJECTED = `
  (variables.vaultCaConfigMap == '' ? [] : [dyn({'configMap': {
    'name': dyn(variables.vaultCaConfigMap), 'items': dyn([{'key': 'ca.crt', 'path': 'ca.crt'}])}})])
  + (variables.vaultAudience == '' ? [] : [dyn({'serviceAccountToken': {
    'audience': dyn(variables.vaultAudience), 'expirationSeconds': dyn(600), 'path': dyn('token')}})])`;

/** They need the variables of parameters and pod. */
export const INJECTED_VARIABLES: readonly Variable[] = [
  variable(
    "agentPath",
    // Without an agent: a path where no container can put a socket.
    `variables.agentSocket == 'none' ? '/${WRAPPER_VOLUME}/agent.sock' : '/${AGENT_VOLUME}/agent.sock'`,
  ),
  variable(
    "agentUid",
    "has(object.spec.hostUsers) && !object.spec.hostUsers ? '65534' : '0'",
  ),
  variable(
    "settings",
    `[${
      SETTINGS.map(([name, value]) =>
        `{'name': dyn('${name}'), 'value': dyn(${value})}`
      ).join(", ")
    }].filter(e, e.value != '') + [${
      IDENTITY.map(([name, path]) =>
        `{'name': dyn('${name}'), 'valueFrom': dyn({'fieldRef': {'fieldPath': '${path}'}})}`
      ).join(", ")
    }]`,
  ),
  variable(
    "needsVaultVolume",
    "variables.vaultCaConfigMap != '' || variables.vaultAudience != ''",
  ),
  variable(
    "mounts",
    `[{'name': dyn('${WRAPPER_VOLUME}'), 'mountPath': dyn('/${WRAPPER_VOLUME}'), 'readOnly': dyn(true)}]
    + (variables.agentSocket == 'none' ? [] : [{'name': dyn('${AGENT_VOLUME}'), 'mountPath': dyn('/${AGENT_VOLUME}'),
      'readOnly': dyn(true), 'mountPropagation': dyn('HostToContainer')}])
    + (variables.needsVaultVolume ? [{'name': dyn('${VAULT_VOLUME}'), 'mountPath': dyn('/${VAULT_VOLUME}'), 'readOnly': dyn(true)}] : [])`,
  ),
  variable(
    "volumes",
    `[variables.delivery == 'copy'
      ? {'name': dyn('${WRAPPER_VOLUME}'), 'emptyDir': dyn({'sizeLimit': '128Mi'})}
      : {'name': dyn('${WRAPPER_VOLUME}'), 'image': dyn({'reference': variables.image})}]
    + (variables.agentSocket == 'none' ? [] : [variables.agentSocket == 'claim'
      ? {'name': dyn('${AGENT_VOLUME}'), 'persistentVolumeClaim': dyn({'claimName': dyn('${AGENT_CLAIM}'), 'readOnly': dyn(true)})}
      : {'name': dyn('${AGENT_VOLUME}'), 'hostPath': dyn({'path': '${AGENT_EXPORT}', 'type': 'DirectoryOrCreate'})}])
    + (variables.needsVaultVolume ? [{'name': dyn('${VAULT_VOLUME}'), 'projected': dyn({'sources': ${PROJECTED}})}] : [])`,
  ),
];
