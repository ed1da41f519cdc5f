/** Pods that try to start without the wrapper, or to put another file in its place. */
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import { WRAPPER_IMAGE } from "./production.ts";
import { makeContainer } from "./unchanged.ts";

const WRAPPER = "/cloudtaser/cloudtaser-wrapper";
const NOT_WRAPPED = /is not started by cloudtaser-wrapper/;

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

/** By what they try. */
export const WRAPPER_ATTACKS: Readonly<Record<string, Attack>> = {
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
};
