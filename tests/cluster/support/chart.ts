/** The chart rendered, and the chart as an upgrade with earlier values sees it. */
import { CHART } from "../../../tools/cluster/manifests.ts";
import { buildHelm } from "../../../tools/cluster/programs.ts";
import { run } from "../../../tools/run.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";

/** The values of the chart before values were renamed. */
const PREVIOUS = new URL(
  "../../testdata/chart/previous_values.yaml",
  import.meta.url,
);

/** `helm template` with an image and these settings. */
export async function render(
  chart: string,
  settings: readonly string[] = [],
  more: readonly string[] = [],
): Promise<string> {
  const all = ["image.repository=localhost/cloudtaser-wrapper", ...settings];
  const sets = all.flatMap((setting) => ["--set", setting]);
  return await run(
    await buildHelm(),
    ["template", "cloudtaser", chart, ...sets, ...more],
  );
}

/**
 * A copy of the chart whose defaults are the previous ones: what
 * `helm upgrade --reuse-values` renders after an install of the previous chart.
 */
export async function makePreviousChart(): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.make("chart");
  await run("cp", ["-r", `${CHART}/.`, folder.path]);
  await Deno.copyFile(PREVIOUS, `${folder.path}/values.yaml`);
  return folder;
}

/** Helm's notes for a version of Kubernetes: `helm template` prints none, so a copy of the chart has them in a manifest. */
export async function renderNotes(
  version: string,
  settings: readonly string[],
): Promise<string> {
  await using folder = await TemporaryFolder.make("notes");
  const { path } = folder;
  await run("cp", ["-r", `${CHART}/.`, path]);
  await Deno.rename(`${path}/templates/NOTES.txt`, `${path}/notes`);
  const manifest = 'notes: |\n{{ tpl (.Files.Get "notes") . | indent 2 }}\n';
  await Deno.writeTextFile(`${path}/templates/notes.yaml`, manifest);
  return await render(path, settings, [
    "--show-only=templates/notes.yaml",
    `--kube-version=${version}`,
  ]);
}
