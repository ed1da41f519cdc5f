/**
 * Builds Kubernetes, containerd and Helm from their Go modules, whose versions
 * and hashes are pinned by go.mod and go.sum in go/. The cache keeps the
 * programs; sources and build cache are deleted.
 */
import { cacheDirectory, exists, sha256 } from "../cache.ts";
import { say, step } from "../progress.ts";
import { findGo, goSettings } from "./go.ts";
import { run, words } from "../run.ts";

/** The programs of one module. */
interface Recipe {
  /** Module path, as in go.mod. */
  readonly module: string;
  /** Packages below its cmd/. */
  readonly programs: readonly string[];
  /** Go variables that hold the version. */
  readonly stamps: (version: string) => readonly string[];
}

const RECIPES = {
  kubernetes: {
    module: "k8s.io/kubernetes",
    programs: words(
      "kube-apiserver kubelet kubectl kube-scheduler kube-controller-manager",
    ),
    stamps: (version) => {
      const [major, minor] = version.slice(1).split(".");
      const at = "k8s.io/component-base/version";
      return [
        `${at}.gitVersion=${version}`,
        `${at}.gitMajor=${major}`,
        `${at}.gitMinor=${minor}`,
      ];
    },
  },
  containerd: {
    module: "github.com/containerd/containerd/v2",
    programs: words("containerd containerd-shim-runc-v2 ctr"),
    stamps: (version) => [
      `github.com/containerd/containerd/v2/version.Version=${version}`,
    ],
  },
  helm: {
    module: "helm.sh/helm/v3",
    programs: ["helm"],
    stamps: (version) => [
      `helm.sh/helm/v3/internal/version.version=${version}`,
      // `helm template` renders for the version of Kubernetes above.
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=36",
      "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1",
      "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=36",
    ],
  },
} as const satisfies Readonly<Record<string, Recipe>>;

/** Folder with kube-apiserver, kubelet, kubectl, kube-scheduler, kube-controller-manager. */
export function buildKubernetes(): Promise<string> {
  return build("kubernetes");
}

/** Folder with containerd, its shim and ctr. */
export function buildContainerd(): Promise<string> {
  return build("containerd");
}

/** Path of helm. */
export async function buildHelm(): Promise<string> {
  return `${await build("helm")}/helm`;
}

async function build(name: keyof typeof RECIPES): Promise<string> {
  const source = new URL(`go/${name}`, import.meta.url).pathname;
  const cache = await cacheDirectory("cluster");
  const folder = `${cache}/${name}-${await key(source, RECIPES[name])}`;
  if (await exists(folder)) return folder;
  // Of two test runs at once the second waits.
  using lock = await Deno.open(`${cache}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(folder)) return folder;
  const partial = `${cache}/${name}.tmp`;
  await Deno.remove(partial, { recursive: true }).catch(() => {});
  await Deno.mkdir(partial);
  await buildAll(RECIPES[name], source, partial);
  await Deno.rename(`${partial}/bin`, folder);
  await Deno.remove(partial, { recursive: true });
  return folder;
}

async function key(source: string, recipe: Recipe): Promise<string> {
  const { programs, stamps } = recipe;
  const texts = [
    await Deno.readTextFile(`${source}/go.mod`),
    await Deno.readTextFile(`${source}/go.sum`),
    JSON.stringify([programs, stamps("v0.0.0")]),
  ];
  return (await sha256(texts.join("\n"))).slice(0, 16);
}

async function buildAll(
  recipe: Recipe,
  source: string,
  folder: string,
): Promise<void> {
  const go = await findGo();
  const version = await pinned(recipe.module, source);
  const { module, programs } = recipe;
  say(`${module} ${version}: building ${programs.length} programs, once`);
  const stamps = recipe.stamps(version).map((stamp) => `-X ${stamp}`);
  const flags = ["-ldflags", ["-s", "-w", ...stamps].join(" ")];
  const packages = programs.map((name) => `${module}/cmd/${name}`);
  // Minutes of all cores: the machine should stay usable.
  const nice = ["-n", "19", go, "build", ...flags, "-o", `${folder}/bin/`];
  await step(
    `building ${programs.join(", ")}`,
    () =>
      run("nice", [...nice, ...packages], {
        cwd: source,
        env: goSettings(folder),
      }),
  );
}

/** The version that go.mod requires, `v1.36.3`. */
async function pinned(module: string, source: string): Promise<string> {
  const text = await Deno.readTextFile(`${source}/go.mod`);
  const version = text.split(`${module} `)[1]?.split("\n")[0];
  if (version !== undefined) return version;
  throw new Error(`${source}/go.mod does not require ${module}`);
}
