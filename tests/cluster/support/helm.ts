/** Helm in the cluster, besides the command of the chart's README. */
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { CHART } from "../../../tools/cluster/manifests.ts";
import { buildHelm } from "../../../tools/cluster/programs.ts";
import { run } from "../../../tools/run.ts";
import { SYSTEM } from "./deployed.ts";
import { WRAPPER_IMAGE } from "./production.ts";

const [REPOSITORY = ""] = WRAPPER_IMAGE.split(":");
const WAIT = ["--wait", "--timeout=60s"];

/** What a test writes instead of the examples in the README's command: the chart, its own image, and more settings. */
export function installValues(
  chart: string,
  more: readonly string[] = [],
): Record<string, string> {
  const last = "'namespaces={production}'";
  const words = ["--set-string", "image.tag=1", ...more, ...WAIT];
  return {
    "deploy/chart": chart,
    "registry.example.com/cloudtaser-wrapper": REPOSITORY,
    [last]: [last, ...words].join(" "),
  };
}

/** An upgrade to this repository's chart with the release's values. @returns Helm's notes */
export async function helmUpgrade(
  cluster: Cluster,
  more: readonly string[],
): Promise<string> {
  const words = ["upgrade", "cloudtaser", CHART, "--reuse-values"];
  const all = [...words, `--namespace=${SYSTEM}`, ...more, ...WAIT];
  return await run(await buildHelm(), all, { env: cluster.env });
}

/** @param options `wait`: until the objects are gone, which claims are only after their pods */
export async function helmUninstall(
  cluster: Cluster,
  { wait = true }: { readonly wait?: boolean } = {},
): Promise<void> {
  const words = ["uninstall", "cloudtaser", `--namespace=${SYSTEM}`];
  const all = [...words, "--ignore-not-found", ...wait ? WAIT : []];
  await run(await buildHelm(), all, { env: cluster.env });
}
