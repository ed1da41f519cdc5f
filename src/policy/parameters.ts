/**
 * The parameters of a namespace: the keys of its ConfigMap `cloudtaser`. Each
 * is written here once; rules, validation, help and documentation follow.
 */
import { ALL_CHECKS, MAXIMUM_SCORE } from "@/score/checks.ts";

/** One key. */
export interface Parameter {
  readonly name: string;
  /** Value of a key that is missing or empty; "" for none. */
  readonly fallback: string;
  /** What a value looks like (RE2); it is matched as a whole. */
  readonly pattern: string;
  /** Ends the sentence "use …". */
  readonly wanted: string;
  readonly help: string;
  readonly required?: true;
}

const WORD = "[^\\s,;]+";
const ONE_CHECK = `(?:${ALL_CHECKS.map(({ name }) => name).join("|")})`;
const LEVEL = "audit|warn|deny";
const EXEMPTION = "[ \\t]*[a-z0-9-]+ [a-z0-9.-]+(?: [^\\s;*]+[*]?)+[ \\t]*";

const HOST_PATH = "(?:/(?:[^/.,\\s][^/,\\s]*|[.][^/.,\\s][^/,\\s]*))+";

/** In the order of the documentation. */
export const PARAMETERS: readonly Parameter[] = [
  {
    name: "image",
    fallback: "",
    pattern: "[^\\s]+",
    wanted: "the image of cloudtaser-wrapper: registry/cloudtaser-wrapper:TAG",
    help:
      "image of the wrapper, in a registry from which the nodes pull, best with a digest",
    required: true,
  },
  {
    name: "vaultAddr",
    fallback: "",
    pattern: "(?:https?|unix)://[^\\s@?#]+",
    wanted: "https://HOST:PORT",
    help: "address of Vault or OpenBao, as pods reach it",
    required: true,
  },
  {
    name: "delivery",
    fallback: "copy",
    pattern: "copy|image-volume",
    wanted: "copy or image-volume",
    help:
      "how the wrapper comes into a pod: copy (an init container copies it into an emptyDir) or image-volume (the image is mounted, without a copy; needs Kubernetes 1.35 and a runtime with image volumes)",
  },
  {
    name: "vaultCaConfigMap",
    fallback: "",
    pattern: "[a-z0-9]([-a-z0-9.]*[a-z0-9])?",
    wanted: "the name of a ConfigMap",
    help:
      "ConfigMap of the namespace whose key ca.crt has the CA of Vault's certificate (unset: public authorities)",
  },
  {
    name: "vaultRole",
    fallback: "",
    pattern: WORD,
    wanted: "the name of a role",
    help: "role to log in with (unset: the name of the pod's service account)",
  },
  {
    name: "vaultAuthMount",
    fallback: "",
    pattern: WORD,
    wanted: "a mount path such as auth/kubernetes",
    help: "mount path of the auth method (unset: auth/kubernetes)",
  },
  {
    name: "vaultAudience",
    fallback: "",
    pattern: WORD,
    wanted: "the audience that the role requires",
    help:
      "audience of a token of its own that each pod gets for the login (unset: the service account's ordinary token)",
  },
  {
    name: "vaultNamespace",
    fallback: "",
    pattern: WORD,
    wanted: "a namespace such as team/app",
    help: "namespace of Vault Enterprise or OpenBao",
  },
  {
    name: "minimumScore",
    fallback: "55",
    pattern: "[0-9]|[1-6][0-9]|7[0-5]",
    wanted: `a number from 0 to ${MAXIMUM_SCORE}`,
    help: "lowest protection score with which an application starts",
  },
  {
    name: "requiredChecks",
    fallback: "",
    pattern: `${ONE_CHECK}(?:,${ONE_CHECK})*`,
    wanted: `names of checks, comma-separated: ${
      ALL_CHECKS.map(({ name }) => name).join(", ")
    }`,
    help: "checks that must pass whatever the score, comma-separated",
  },
  {
    name: "interpose",
    fallback: "off",
    pattern: "off|auto|require",
    wanted: "off, auto or require",
    help:
      "least value of CLOUDTASER_INTERPOSE: passes secrets through memfd_secret instead of the environment",
  },
  {
    name: "agentSocket",
    fallback: "claim",
    pattern: "claim|hostPath|none",
    wanted: "claim, hostPath or none",
    help:
      "how pods reach the node agent: claim (the claim cloudtaser-agent, which Pod Security `restricted` admits), hostPath, or none",
  },
  {
    name: "statusPort",
    fallback: "8199",
    pattern: "[1-9][0-9]{3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}",
    wanted: "a port from 1000 to 65499",
    help:
      "port of the first container's status page; the second has the next port, and so on",
  },
  {
    name: "mode",
    fallback: "warn",
    pattern: LEVEL,
    wanted: "audit, warn or deny",
    help:
      "what happens to a pod that breaks a rule: audit (the audit log has it), warn (kubectl shows it too) or deny",
  },
  {
    name: "literalSecrets",
    fallback: "warn",
    pattern: LEVEL,
    wanted: "audit, warn or deny",
    help:
      "the same for values that look like secrets; never stricter than mode",
  },
  {
    name: "secretPatterns",
    fallback:
      "*PASSWORD*,*PASSWD*,*_PWD,*SECRET*,*TOKEN,*API_KEY*,*APIKEY*,*PRIVATE_KEY*,*ACCESS_KEY*,*CREDENTIAL*",
    pattern: "[A-Za-z0-9_.*-]+(?:,[A-Za-z0-9_.*-]+)*",
    wanted: "patterns of names, comma-separated: *PASSWORD*,*TOKEN",
    help:
      "names of variables that hold secrets, comma-separated; * stands for any characters, and case does not count",
  },
  {
    name: "hostPaths",
    fallback: "",
    pattern: `${HOST_PATH}(?:,${HOST_PATH})*`,
    wanted:
      "absolute paths without // . and .. and a slash at the end: /srv/data,/mnt/cache",
    help:
      "directories of the node that pods may mount by `hostPath`, with what is below them, comma-separated; a pod that mounts /var/log, /mnt or the like can reach the node, even if it only reads",
  },
  {
    name: "exec",
    fallback: "allow",
    pattern: "allow|deny",
    wanted: "allow or deny",
    help:
      "whether users may enter the namespace's pods (`kubectl exec`, `cp` and `attach`), whatever the mode",
  },
  {
    name: "exemptions",
    fallback: "",
    pattern: `(?:${EXEMPTION})?(?:[;\\n](?:${EXEMPTION})?)*`,
    wanted:
      "NAME SERVICEACCOUNT IMAGE … for each exemption, one a line or separated by ; (IMAGE may end in *)",
    help:
      "pods that start without the wrapper: `NAME SERVICEACCOUNT IMAGE …`, one a line; IMAGE may end in *, behind a name. A pod with the annotation `cloudtaser.io/exempt: NAME`, this service account and only these images is not injected",
  },
];
