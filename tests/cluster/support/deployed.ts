/** Manifests of deploy/ in the cluster, unchanged except for the name of the image. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { MANIFESTS } from "../../../tools/cluster/manifests.ts";
import { WRAPPER_IMAGE } from "./production.ts";

/** The agent's namespace. */
export const SYSTEM = "cloudtaser-system";

const IMAGE = "registry.example.com/cloudtaser-wrapper:0.1.0";

/** Text of one of deploy/manifests. */
export async function readManifest(file: string): Promise<string> {
  const text = await Deno.readTextFile(`${MANIFESTS}/${file}`);
  return text.replaceAll(IMAGE, WRAPPER_IMAGE);
}

/**
 * Applies manifests; `await using` deletes their objects and waits until the
 * pods have ended. Namespaces remain, because their end takes seconds.
 */
export async function applied(
  cluster: Cluster,
  ...texts: readonly string[]
): Promise<AsyncDisposable> {
  for (const text of texts) await cluster.apply(text);
  return {
    async [Symbol.asyncDispose]() {
      const options = ["--ignore-not-found", "--cascade=foreground"];
      const words = ["delete", ...options, "--filename=-"];
      for (const text of [...texts].reverse()) {
        await cluster.tryKubectl(words, withoutNamespaces(text));
      }
    },
  };
}

/** The same with files of deploy/manifests. */
export async function appliedManifests(
  cluster: Cluster,
  ...files: readonly string[]
): Promise<AsyncDisposable> {
  return await applied(cluster, ...await Promise.all(files.map(readManifest)));
}

function withoutNamespaces(text: string): string {
  const parts = text.split(/^---$/m);
  return parts.filter((part) => !/^kind: Namespace$/m.test(part)).join("---");
}
