/** Which pods have wrappers, and on which ports. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { findTargets, type Target } from "@/fleet/kubernetes/pod.ts";
import { SchemaError } from "@/fleet/kubernetes/schema.ts";
import { makePod } from "../api_server.ts";

interface Given {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly containers?: unknown[];
  readonly initContainers?: unknown[];
  readonly phase?: string;
  readonly spec?: Record<string, unknown>;
  readonly wanted?: boolean;
}

function find(given: Given): Target[] {
  const { annotations, labels, containers = [{}], initContainers, spec } =
    given;
  const pod = makePod("prod", "web", {
    metadata: { namespace: "prod", name: "web", annotations, labels },
    spec: { nodeName: "n", containers, initContainers, ...spec },
    status: { phase: given.phase ?? "Running" },
  });
  const value = JSON.parse(JSON.stringify(pod));
  return findTargets(value, given.wanted ?? false);
}

/** Ports, or why there is none. */
function places(given: Given): (number | string | undefined)[] {
  return find(given).map(({ port, error }) => error ?? port);
}

const annotation = (value: string) => ({
  annotations: { "cloudtaser.io/status-port": value },
});

Deno.test("a pod without a wrapper is not queried, unless the user names it", () => {
  assert.deepEqual(places({}), []);
  assert.deepEqual(places({ wanted: true }), [8199]);
});

Deno.test("the annotation has precedence", () => {
  const containers = [{ ports: [{ containerPort: 8199 }] }];
  assert.deepEqual(places({ ...annotation("9000"), containers }), [9000]);
  assert.deepEqual(places(annotation("9000, 9001")), [9000, 9001]);
  assert.deepEqual(places({ ...annotation("off"), containers }), []);
  for (const wrong of ["", "x", "0", "65536", "8199/../.."]) {
    assert.deepEqual(places(annotation(wrong)), [
      "its annotation cloudtaser.io/status-port is not a port",
    ]);
  }
});

Deno.test("containers have a wrapper by port, setting or command", () => {
  const env = (value: string) => [{ name: "CLOUDTASER_LISTEN", value }];
  const ports = [{ name: "cloudtaser", containerPort: 9000 }];
  assert.deepEqual(places({ containers: [{ ports }] }), [9000]);
  const unnamed = [{ containerPort: 8199 }];
  assert.deepEqual(places({ containers: [{ ports: unnamed }] }), [8199]);
  assert.deepEqual(places({ containers: [{ env: env("[::]:9000") }] }), [9000]);
  assert.deepEqual(places({ containers: [{ env: env("off") }] }), [
    "its status server is off (CLOUDTASER_LISTEN)",
  ]);
  const command = ["/cloudtaser/cloudtaser-wrapper", "node", "app.js"];
  assert.deepEqual(places({ containers: [{ command }] }), [8199]);
  const settings = [{ name: "CLOUDTASER_SECRET_PATHS", value: "a" }];
  assert.deepEqual(places({ containers: [{ env: settings }] }), [8199]);
  const containers = [{ ports }, { env: env(":9001") }, { image: "sidecar" }];
  assert.deepEqual(places({ containers }), [9000, 9001]);
});

Deno.test("of two containers with the same port, one is reported as unreachable", () => {
  const wrapped = { command: ["/cloudtaser-wrapper"] };
  const own = { ...wrapped, env: [{ name: "CLOUDTASER_LISTEN", value: ":9" }] };
  assert.deepEqual(places({ containers: [wrapped, own] }), [8199, 9]);
  assert.deepEqual(places({ containers: [wrapped, own, wrapped] }), [
    8199,
    9,
    "another container uses its port 8199: set CLOUDTASER_LISTEN to another one",
  ]);
});

Deno.test("ports beyond the limit are counted", () => {
  const ports = Array.from({ length: 20 }, (_, index) => ({
    name: `cloudtaser-${index}`,
    containerPort: 9000 + index,
  }));
  const found = places({ containers: [{ ports }] });
  assert.equal(found.length, 17);
  assert.equal(found.at(-1), "4 more ports are not queried");
});

Deno.test("the node agent is not a wrapper, nor is an init container", () => {
  const env = [{ name: "CLOUDTASER_AGENT_LISTEN", value: "0.0.0.0:9876" }];
  const command = ["/cloudtaser-wrapper", "agent"];
  assert.deepEqual(places({ containers: [{ command, env }] }), []);
  assert.deepEqual(places({ containers: [{ args: ["agent"], env }] }), []);
  const install = { command: ["/cloudtaser-wrapper", "install", "/x"] };
  const old = { command: ["/cloudtaser-wrapper", "migrate"] };
  assert.deepEqual(places({ initContainers: [install, old] }), []);
  const sidecar = { ...old, restartPolicy: "Always" };
  assert.deepEqual(places({ initContainers: [sidecar] }), [8199]);
});

Deno.test("the injector's annotation counts when nothing else applies", () => {
  const annotations = { "cloudtaser.io/inject": "true" };
  assert.deepEqual(places({ annotations }), [8199]);
});

Deno.test("the label counts when nothing else applies", () => {
  const labels = { "cloudtaser.io/protected": "true" };
  assert.deepEqual(places({ labels }), [8199]);
  const containers = [{ ports: [{ name: "cloudtaser", containerPort: 9 }] }];
  assert.deepEqual(places({ labels, containers }), [9]);
  assert.deepEqual(places({ labels, ...annotation("off") }), []);
  const off = { "cloudtaser.io/protected": "false" };
  assert.deepEqual(places({ labels: off }), []);
});

Deno.test("pods that have ended are omitted; pods without a node have an error", () => {
  const mark = annotation("8199");
  assert.deepEqual(places({ ...mark, phase: "Succeeded" }), []);
  const failed = { ...mark, phase: "Failed", wanted: true };
  assert.deepEqual(places(failed), ["the pod is Failed"]);
  const spec = { nodeName: undefined };
  const pending = { ...mark, phase: "Pending", spec };
  assert.deepEqual(places(pending), ["the pod is Pending"]);
});

Deno.test("any JSON is either targets with valid ports, or a SchemaError", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (spec, metadata) => {
    try {
      const pod = JSON.parse(JSON.stringify({ spec, metadata }));
      for (const { port = 1 } of findTargets(pod, true)) {
        assert.ok(port > 0 && port < 65_536);
      }
    } catch (error) {
      assert.ok(error instanceof SchemaError, String(error));
    }
  }));
});
