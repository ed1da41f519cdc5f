/**
 * The cluster that all tests of a run share: started by the first, ended with
 * the test process. It has the images, and a namespace `production` under the
 * restricted Pod Security Standard with a service account `orders`.
 */
import { Cluster } from "../../../tools/cluster/cluster.ts";
import { makeRoot } from "../../../tools/roots.ts";
import { compileProgram } from "../../support/programs.ts";
import { WRAPPER } from "../../support/wrapper.ts";

const STATE = `/tmp/cloudtaser-cluster-test-${Deno.pid}`;

/** Name of the namespace. */
export const NAMESPACE = "production";

/** The wrapper alone, as from the Dockerfile. */
export const WRAPPER_IMAGE = "localhost/cloudtaser-wrapper:1";

/** An application on a distroless base. */
export const APP_IMAGE = "localhost/app:1";

/** The same with `COPY --from=cloudtaser-wrapper` and the wrapper as its entrypoint. */
export const WRAPPED_IMAGE = "localhost/app:1-wrapped";

/** The same with busybox, and a program that attacks the socket, for `kubectl exec`. */
export const SHELL_IMAGE = "localhost/app:1-shell";

const FURNITURE = `
apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: orders, namespace: ${NAMESPACE} }
`;

/** The shared cluster; the first call starts it. */
export async function production(): Promise<Cluster> {
  try {
    return await Cluster.join(STATE);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const cluster = await Cluster.start({ state: STATE });
  await Promise.all([loadImages(cluster), cluster.apply(FURNITURE)]);
  return cluster;
}

async function loadImages(cluster: Cluster): Promise<void> {
  await using wrapper = await makeRoot("empty", {
    files: { "/cloudtaser-wrapper": WRAPPER },
  });
  await using base = await makeRoot("static");
  await using app = await makeRoot("empty", {
    files: { "/app": compileProgram("app") },
  });
  await using shell = await makeRoot("empty", {
    packages: ["busybox-static"],
    files: { "/vandal": compileProgram("vandal") },
  });
  const inFront = {
    entrypoint: ["/cloudtaser-wrapper"],
    command: ["/app", "signals", "15"],
  };
  const unchanged = [base.path, app.path];
  const wrapped = [...unchanged, wrapper.path];
  await cluster.loadImages(
    { ...inFront, name: WRAPPER_IMAGE, layers: [wrapper.path], command: [] },
    { name: APP_IMAGE, layers: unchanged, entrypoint: ["/app"] },
    { ...inFront, name: WRAPPED_IMAGE, layers: wrapped },
    { ...inFront, name: SHELL_IMAGE, layers: [...wrapped, shell.path] },
  );
}
