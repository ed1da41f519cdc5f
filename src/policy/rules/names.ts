/** Names and paths that injected pods share with the rules that judge them. */

/** The label of a namespace that switches injection and policy on. */
export const NAMESPACE_LABEL = {
  name: "cloudtaser.io/inject",
  value: "enabled",
} as const;

/** The policy that injects, of the kind MutatingAdmissionPolicy. */
export const INJECTION_POLICY = "cloudtaser-inject";

/** The ConfigMap with a namespace's parameters. */
export const PARAMETERS_NAME = "cloudtaser";

/** Annotation of a pod: its init containers that the wrapper starts too, comma-separated. */
export const INIT_ANNOTATION = "cloudtaser.io/inject-init-containers";

/** Annotation of a pod: the exemption that it uses. */
export const EXEMPT_ANNOTATION = "cloudtaser.io/exempt";

/** Annotation of a pod: where `status` finds its wrappers. */
export const PORT_ANNOTATION = "cloudtaser.io/status-port";

/** Label of a pod by which a PodMonitor finds it. */
export const PROTECTED_LABEL = "cloudtaser.io/protected";

/**
 * Volumes, and where containers mount them. The directories are at the top
 * level, because a volume that is mounted on a parent could hide what is below.
 */
export const WRAPPER_VOLUME = "cloudtaser";
export const AGENT_VOLUME = "cloudtaser-agent";
export const VAULT_VOLUME = "cloudtaser-vault";

/** The init container that copies the wrapper. */
export const INSTALL_CONTAINER = "cloudtaser-install";

/** The program that starts every container. */
export const WRAPPER = `/${WRAPPER_VOLUME}/cloudtaser-wrapper`;

/** The agent's directory on the node, read-only, and the claim for it (deploy/chart). */
export const AGENT_EXPORT = "/run/cloudtaser/export";
export const AGENT_CLAIM = "cloudtaser-agent";

/** CEL has no ranges: indexes of containers are listed. */
export const MOST_CONTAINERS = 16;

/** Where Kubernetes mounts the token of a service account. */
export const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
