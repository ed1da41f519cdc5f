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

/** Where the manifests pull from, for the reader to replace. */
const IMAGE = "image.repository=registry.example.com/cloudtaser-wrapper";

/** File, its first line, templates, settings. */
const ALL: readonly (readonly [string, string, string[], string[]])[] = [
  [
    "agent.yaml",
    "The node agent: once a cluster.",
    ["namespace", "agent", "network"],
    ["createNamespace=true"],
  ],
  [
    "production.yaml",
    "What a namespace of protected pods needs: once each; here it is `production`.",
    ["socket", "events"],
    ["namespaces={production}"],
  ],
  [
    "monitoring.yaml",
    "For the Prometheus Operator. Without it the alerts are chart/files/alerts.yaml.",
    ["monitoring"],
    ["monitoring.operator=true"],
  ],
  [
    "status.yaml",
    "What `cloudtaser-wrapper status` needs of the API server, to be bound by you.",
    ["status"],
    [],
  ],
];

/** Renders all of them: file → text. */
export async function renderManifests(): Promise<Map<string, string>> {
  const helm = await buildHelm();
  const rendered = new Map<string, string>();
  for (const [file, title, templates, settings] of ALL) {
    const text = await run(helm, [
      ...["template", "cloudtaser", CHART, "--namespace=cloudtaser-system"],
      ...[IMAGE, ...settings].flatMap((setting) => ["--set", setting]),
      ...templates.map((name) => `--show-only=templates/${name}.yaml`),
    ]);
    const origin = "Generated from ../chart by `tools/cluster.ts manifests`.";
    rendered.set(file, `# ${title}\n# ${origin}\n${tidy(text)}`);
  }
  return rendered;
}

/** Writes all of them to deploy/manifests. */
export async function writeManifests(): Promise<void> {
  await Deno.mkdir(MANIFESTS, { recursive: true });
  for (const [file, text] of await renderManifests()) {
    await Deno.writeTextFile(`${MANIFESTS}/${file}`, text);
  }
}

/** Removes what only Helm needs: source file names and the label managed-by. */
function tidy(text: string): string {
  const noise = /^(?:# Source: .*| *app\.kubernetes\.io\/managed-by: Helm| *)$/;
  const lines = text.split("\n").filter((line) => !noise.test(line));
  return `${lines.join("\n").replaceAll(/---\n(?:---\n)+/g, "---\n")}\n`;
}
