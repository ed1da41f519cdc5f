/** Pods that try to weaken what the wrapper requires, or to read other processes of the node. */
import type { Attack } from "./attacks.ts";
import { makeContainer } from "./unchanged.ts";

const MINIMUM = "CLOUDTASER_MIN_PROTECTION_SCORE";

const env = (name: string, value: string, said: RegExp): Attack => ({
  container: { env: [{ name, value }] },
  said,
});

const hostPath = (path: string): Attack => ({
  spec: { volumes: [{ name: "host", hostPath: { path } }] },
  said: new RegExp(`volume host is hostPath ${path}, with which`),
});

const capability = (name: string): Attack => ({
  container: { securityContext: { capabilities: { add: [name] } } },
  said: new RegExp(`container app has ${name}, with which`),
});

/** The claim of the agent's socket, by a volume and a mount. */
const agentClaim = (
  volume: { readonly name: string; readonly readOnly?: boolean },
  readOnly: boolean,
  said: RegExp,
): Attack => {
  const { name, ...more } = volume;
  const claim = { claimName: "cloudtaser-agent", ...more };
  return {
    container: {
      volumeMounts: [{ name, mountPath: `/${name}`, readOnly }],
    },
    spec: { volumes: [{ name, persistentVolumeClaim: claim }] },
    said,
  };
};

/** By what they try. */
export const SETTING_ATTACKS: Readonly<Record<string, Attack>> = {
  "a lower minimum": env(MINIMUM, "0", /is "0", and the namespace requires/),
  "a lower minimum behind a good one": {
    container: {
      env: [{ name: MINIMUM, value: "75" }, { name: MINIMUM, value: "0" }],
    },
    said: /is "0", and the namespace requires at least 55/,
  },
  "a minimum by a variable": env(MINIMUM, "$(LOW)", /is not a number, and the/),
  "a minimum by a reference": {
    container: {
      env: [{
        name: MINIMUM,
        valueFrom: { configMapKeyRef: { name: "own", key: "minimum" } },
      }],
    },
    said: /comes from a reference that the API server cannot see/,
  },
  "another socket": env(
    "CLOUDTASER_AGENT_SOCKET",
    "/own/agent.sock",
    /sets CLOUDTASER_AGENT_SOCKET/,
  ),
  "another user as the agent": env(
    "CLOUDTASER_AGENT_UID",
    "65532",
    /sets CLOUDTASER_AGENT_UID/,
  ),
  "other checks": env(
    "CLOUDTASER_SCORE_CHECKS",
    "all",
    /sets CLOUDTASER_SCORE_CHECKS/,
  ),
  "TLS without verification": env(
    "VAULT_SKIP_VERIFY",
    "true",
    /sets VAULT_SKIP_VERIFY/,
  ),
  "the same by its alias": env(
    "BAO_SKIP_VERIFY",
    "true",
    /sets BAO_SKIP_VERIFY/,
  ),
  "hostPID": { spec: { hostPID: true }, said: /the pod has hostPID/ },
  "a sidecar that reads the others": {
    spec: {
      shareProcessNamespace: true,
      initContainers: [
        makeContainer({ name: "reader", env: [], restartPolicy: "Always" }),
      ],
    },
    said: /container reader could read the others/,
  },
  "privileged": {
    container: { securityContext: { privileged: true } },
    said: /container app has privileged/,
  },
  "SYS_PTRACE": capability("SYS_PTRACE"),
  "SYS_ADMIN": capability("SYS_ADMIN"),
  "BPF": capability("BPF"),
  "PERFMON": capability("PERFMON"),
  "the agent's claim, writable": agentClaim(
    { name: "own" },
    true,
    /volume own is the claim cloudtaser-agent: set its readOnly/,
  ),
  "the agent's directory, mounted writable": agentClaim(
    { name: "cloudtaser-agent", readOnly: true },
    false,
    /container app can write to the directory of the agent/,
  ),
  "programs of the node": {
    container: { volumeMounts: [{ name: "host", mountPath: "/host" }] },
    spec: { volumes: [{ name: "host", hostPath: { path: "/usr/bin" } }] },
    said: /volume host is hostPath \/usr\/bin, .* parameter hostPaths/,
  },
  "the agent's directory": hostPath("/run/cloudtaser/export"),
  "the kubelet's directory": hostPath("/var/lib/kubelet/pods"),
  "the node's root": hostPath("/"),
  "the node's logs": hostPath("/var/log"),
  "more containers than are injected": {
    spec: {
      containers: Array.from(
        { length: 17 },
        (_, index) => makeContainer({ name: `app-${index}` }),
      ),
    },
    said: /the pod has 17 containers/,
  },
};
