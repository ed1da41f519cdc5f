/**
 * Renders deploy/manifests from deploy/chart, for use without Helm:
 * `deno run -A tools/cluster.ts manifests`. A test fails when they are stale.
 */
import { buildHelm } from "./programs.ts";
import { run } from "../run.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;

/** The chart. */
export const CHART = `${DEPLOY}chart`;
/** The manifests rendered from it. */
export const MANIFESTS = `${DEPLOY}manifests`;

/** The Grafana dashboard, which the chart includes. */
export const DASHBOARD = `${CHART}/files/dashboard.json`;

interface Manifest {
  /** The first line of the file. */
  readonly title: string;
  readonly templates: readonly string[];
  readonly settings: readonly string[];
}

/** Manifests by file name. */
const ALL: Readonly<Record<string, Manifest>> = {
  "agent.yaml": {
    title: "The node agent: once a cluster.",
    templates: ["namespace", "agent", "network"],
    settings: ["createNamespace=true"],
  },
  "production.yaml": {
    title:
      "What a namespace of protected pods needs: once each; here it is `production`.",
    templates: ["socket", "events"],
    settings: ["namespaces={production}"],
  },
  "monitoring.yaml": {
    title:
      "For the Prometheus Operator. Without it the alerts are chart/files/alerts.yaml.",
    templates: ["monitoring"],
    settings: ["monitoring.operator=true"],
  },
  "status.yaml": {
    title:
      "What `cloudtaser-wrapper status` needs of the API server, to be bound by you.",
    templates: ["status"],
    settings: [],
  },
};

/** Renders all of them: file → text. */
export async function renderManifests(): Promise<Map<string, string>> {
  const helm = await buildHelm();
  const rendered = await Promise.all(
    Object.entries(ALL).map(async ([file, manifest]) =>
      [file, await render(helm, manifest)] as const
    ),
  );
  return new Map(rendered);
}

/** Writes all of them to deploy/manifests. */
export async function writeManifests(): Promise<void> {
  await Deno.mkdir(MANIFESTS, { recursive: true });
  for (const [file, text] of await renderManifests()) {
    await Deno.writeTextFile(`${MANIFESTS}/${file}`, text);
  }
}

async function render(helm: string, manifest: Manifest): Promise<string> {
  const { title, templates, settings } = manifest;
  const text = await run(helm, [
    "template",
    "cloudtaser",
    CHART,
    "--namespace=cloudtaser-system",
    ...settings.flatMap((setting) => ["--set", setting]),
    ...templates.map((name) => `--show-only=templates/${name}.yaml`),
  ]);
  const head =
    `# ${title}\n# Generated from ../chart by \`tools/cluster.ts manifests\`.\n`;
  return head + tidy(text);
}

/** Removes what only Helm needs: source file names and the label managed-by. */
function tidy(text: string): string {
  const noise = /^(?:# Source: .*| *app\.kubernetes\.io\/managed-by: Helm| *)$/;
  const lines = text.split("\n").filter((line) => !noise.test(line));
  return `${lines.join("\n").replaceAll(/---\n(?:---\n)+/g, "---\n")}\n`;
}
