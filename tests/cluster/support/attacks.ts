/** Pods that try to get around the wrapper, or to put another program in its place. */
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import { WRAPPER_IMAGE } from "./production.ts";
import { makeContainer } from "./unchanged.ts";

const WRAPPER = "/cloudtaser/cloudtaser-wrapper";
const NOT_WRAPPED = /is not started by cloudtaser-wrapper/;
const MINIMUM = "CLOUDTASER_MIN_PROTECTION_SCORE";

/** What is changed in a good pod, and what the refusal says. */
export interface Attack {
  readonly container?: Partial<V1Container>;
  readonly spec?: Partial<V1PodSpec>;
  readonly said: RegExp;
}

const command = (...words: string[]): Attack => ({
  container: { command: words, args: [] },
  said: NOT_WRAPPED,
});

const env = (name: string, value: string, said: RegExp): Attack => ({
  container: { env: [{ name, value }] },
  said,
});

/** An own volume, mounted there. */
const mountedAt = (mountPath: string): Attack => ({
  container: { volumeMounts: [{ name: "own", mountPath }] },
  spec: { volumes: [{ name: "own", emptyDir: {} }] },
  said: new RegExp(`container app mounts ${mountPath}: use an absolute path`),
});

/** A volume with the name of the injected one, and a mount of it. */
const wrapperVolume = (more: object, said: RegExp): Attack => {
  const mount = { name: "cloudtaser", mountPath: "/cloudtaser", ...more };
  return {
    container: { volumeMounts: [mount] },
    spec: { volumes: [{ name: "cloudtaser", emptyDir: {} }] },
    said,
  };
};

const installer = (more: Partial<V1Container>): Attack => ({
  spec: {
    initContainers: [{
      name: "cloudtaser-install",
      image: WRAPPER_IMAGE,
      command: ["/cloudtaser-wrapper", "install", "/cloudtaser"],
      volumeMounts: [{ name: "cloudtaser", mountPath: "/cloudtaser" }],
      ...more,
    }],
  },
  said: /init container cloudtaser-install is not the injected one/,
});

const hostPath = (path: string): Attack => ({
  spec: { volumes: [{ name: "host", hostPath: { path } }] },
  said: new RegExp(`volume host is hostPath ${path}, with which`),
});

const capability = (name: string): Attack => ({
  container: { securityContext: { capabilities: { add: [name] } } },
  said: new RegExp(`container app has ${name}, with which`),
});

/** By what they try. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "the wrapper with flags of its own": command(
    WRAPPER,
    "--min-protection-score=0",
    "--",
    "/app",
  ),
  "flags by args": {
    container: {
      command: [WRAPPER],
      args: ["--min-protection-score=0", "--", "/app"],
    },
    said: NOT_WRAPPED,
  },
  "flags by a variable": {
    container: {
      command: [WRAPPER, "$(FLAG)"],
      args: ["--", "/app"],
      env: [{ name: "FLAG", value: "--min-protection-score=0" }],
    },
    said: NOT_WRAPPED,
  },
  "a subcommand": command(WRAPPER, "check"),
  "the wrapper without an application": command(WRAPPER, "--"),
  "a wrapper of the image": command("/cloudtaser-wrapper", "--", "/app"),
  "a path that is written differently": command(
    "/cloudtaser//cloudtaser-wrapper",
    "--",
    "/app",
  ),
  "a volume at the directory": mountedAt("/cloudtaser"),
  "a volume at the file": mountedAt(WRAPPER),
  "a volume at the agent's socket": mountedAt("/cloudtaser-agent/agent.sock"),
  "a volume at the CA": mountedAt("/cloudtaser-vault"),
  "a volume at /": mountedAt("/"),
  "//": mountedAt("//cloudtaser"),
  "/./": mountedAt("/./cloudtaser"),
  "/../": mountedAt("/app/../cloudtaser"),
  "/ at the end": mountedAt("/cloudtaser/"),
  "a relative path": mountedAt("cloudtaser"),
  "another volume of that name": {
    spec: { volumes: [{ name: "cloudtaser", configMap: { name: "own" } }] },
    said: /volume cloudtaser is not the injected one/,
  },
  "another agent": {
    spec: { volumes: [{ name: "cloudtaser-agent", emptyDir: {} }] },
    said: /volume cloudtaser-agent is not the injected one/,
  },
  "another CA": {
    spec: {
      volumes: [{
        name: "cloudtaser-vault",
        projected: { sources: [{ configMap: { name: "own" } }] },
      }],
    },
    said: /volume cloudtaser-vault is not the injected one/,
  },
  "subPath": wrapperVolume(
    { readOnly: true, subPath: "own" },
    /is not the injected file/,
  ),
  "subPathExpr": wrapperVolume(
    { readOnly: true, subPathExpr: "$(POD_NAME)" },
    /is not the injected file/,
  ),
  "a writable mount": wrapperVolume({}, /can write to volume cloudtaser/),
  "a writable mount elsewhere": wrapperVolume(
    { mountPath: "/own" },
    /can write to volume cloudtaser/,
  ),
  "an init container that writes": {
    spec: {
      initContainers: [makeContainer({
        name: "writer",
        env: [],
        volumeMounts: [{ name: "cloudtaser", mountPath: "/own" }],
      })],
      volumes: [{ name: "cloudtaser", emptyDir: {} }],
    },
    said: /container writer can write to volume cloudtaser/,
  },
  "an installer with another image": installer({ image: "localhost/own:1" }),
  "an installer with another command": installer({ command: ["/own"] }),
  "an installer with arguments": installer({ args: ["/own"] }),
  "an installer that goes on": installer({ restartPolicy: "Always" }),
  "a lower minimum": env(MINIMUM, "0", /is "0", and the namespace requires/),
  "a lower minimum behind a good one": {
    container: {
      env: [{ name: MINIMUM, value: "75" }, { name: MINIMUM, value: "0" }],
    },
    said: /is "0", and the namespace requires at least 55/,
  },
  "a minimum by a variable": env(MINIMUM, "$(LOW)", /is "\$\(LOW\)", and the/),
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
    said: /container reader, which cloudtaser-wrapper does not start/,
  },
  "privileged": {
    container: { securityContext: { privileged: true } },
    said: /container app has privileged/,
  },
  "SYS_PTRACE": capability("SYS_PTRACE"),
  "SYS_ADMIN": capability("SYS_ADMIN"),
  "BPF": capability("BPF"),
  "PERFMON": capability("PERFMON"),
  "the agent's directory": hostPath("/run/cloudtaser/export"),
  "the kubelet's directory": hostPath("/var/lib/kubelet/pods"),
  "the node's root": hostPath("/"),
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
