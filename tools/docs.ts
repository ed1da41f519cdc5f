/**
 * `deno task docs`: writes the parts of the documentation that are made from the
 * code, between `<!-- NAME -->` and `<!-- /NAME -->`, and the policies' manifests.
 * `tests/docs` fails when they are stale. It knows no other text of these files.
 */
import { readChartValues } from "./chart_values.ts";
import {
  renderMachines,
  renderPartial,
  renderUnlocked,
} from "./enforcement/summary.ts";
import { renderVectors } from "./enforcement/vectors.ts";
import {
  listParameterRows,
  listRuleRows,
  parametersSchema,
  renderPolicyFiles,
} from "./policy_docs.ts";
import { SOURCE_FOLDERS } from "./source_folders.ts";
import { EXIT } from "../src/base/errors.ts";
import { AGENT_SETTINGS } from "../src/config/agent_settings.ts";
import type { Setting } from "../src/config/setting.ts";
import { SETTINGS } from "../src/config/settings.ts";
import { CHECKS } from "../src/score/checks.ts";
import { REFUSED_IN_BULK } from "../src/fetcher/vault/secrets/bulk_names.ts";
import { FUNCTION_NAMES } from "../src/fetcher/template/evaluate.ts";
import { say } from "./progress.ts";
import { run } from "./run.ts";

const ROOT = new URL("../", import.meta.url);

/** The meaning of each exit code, for README.md. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  usage: "invalid command line, or `install` without a directory",
  unavailable: "Vault was unavailable until `CLOUDTASER_VAULT_DEADLINE`",
  internal: "internal error (please report)",
  kernel: "the kernel refused a required call, which the error names",
  policy:
    "score below the minimum, or a required check failed; `agent --check`: this kernel cannot block attacks before they happen",
  config: "a setting is invalid, or names a secret that does not exist",
  notExecutable: "the application cannot be executed",
  notFound: "the application does not exist",
};

/** Generated parts: file, marker, text. */
function listParts(): readonly (readonly [string, string, string])[] {
  return [
    ["docs/CONFIGURATION.md", "settings", renderSettings(SETTINGS)],
    ["README.md", "exit-codes", renderExitCodes()],
    ["docs/AGENT.md", "settings", renderSettings(AGENT_SETTINGS)],
    ["docs/ENFORCEMENT-MATRIX.md", "vectors", renderVectors()],
    ["docs/ENFORCEMENT.md", "machines", renderMachines()],
    [
      "docs/ENFORCEMENT.md",
      "arm64-machines",
      renderMachines("ENFORCEMENT-ARM64.md"),
    ],
    ["docs/ENFORCEMENT.md", "partial", renderPartial()],
    ["docs/ENFORCEMENT.md", "unlocked", renderUnlocked()],
    ["docs/NAMES.md", "bulk-names", renderBulkNames()],
    [
      "docs/POLICY.md",
      "parameters",
      table(["key", "default", "meaning"], listParameterRows()),
    ],
    [
      "docs/POLICY.md",
      "rules",
      table(["rule", "finds", "level"], listRuleRows()),
    ],
    ["docs/MIGRATION.md", "template-functions", renderFunctions()],
    ["docs/ARCHITECTURE.md", "folders", renderFolders()],
    ["docs/ARCHITECTURE.md", "checks", renderChecks()],
    ["deploy/chart/README.md", "values", renderChartValues()],
  ];
}

/** `text` with the part `name` replaced. @throws Error when the markers are missing */
export function replacePart(text: string, name: string, part: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`No part "${name}"`);
  const head = text.slice(0, start + open.length);
  return `${head}\n\n${part}\n\n${text.slice(end)}`;
}

function renderFunctions(): string {
  const rows = Object.entries(FUNCTION_NAMES).map(([group, names]) => [
    group,
    names.map((name) => `\`${name}\``).join(" "),
  ]);
  return table(["", "functions"], rows);
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) => line(row.map(escapeCell)));
  return [line(head), line(head.map(() => "---")), ...body].join("\n");
}

function escapeCell(cell: string): string {
  return cell.replaceAll("|", "\\|");
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function renderSettings(settings: readonly Setting[]): string {
  const rows = settings.map((setting) => [
    code(setting.name),
    code(setting.fallback),
    describe(setting),
  ]);
  return table(["variable", "default", "meaning"], rows);
}

function describe(setting: Setting): string {
  const flag = setting.kind === "secret" ? " (no flag)" : "";
  return `${setting.help}${flag}`;
}

function renderBulkNames(): string {
  return table(
    ["why", "names"],
    REFUSED_IN_BULK.map(({ names, why }) => [why, names.map(code).join(" ")]),
  );
}

function renderChecks(): string {
  return table(
    ["check", "points", "what a pass proves"],
    CHECKS.map(({ name, points, proves }) => [code(name), `${points}`, proves]),
  );
}

function renderExitCodes(): string {
  const ours = Object.entries(EXIT_MEANINGS).map(([name, meaning]) => [
    String(EXIT[name as keyof typeof EXIT]),
    meaning,
  ]);
  return table(["code", "meaning"], [
    ["n", "the application exited with n"],
    [
      "128+s",
      "signal s ended the application, or the wrapper before the application started",
    ],
    [
      "1, 2",
      "`status`: a score is below its minimum; a score is unknown. `status --policy`: findings; unknown. 1, `policy explain`: a pod would be refused",
    ],
    ...ours,
    [
      "139",
      "without a message: too little memory; else the application crashed",
    ],
  ]);
}

function renderChartValues(): string {
  const rows = readChartValues(read("deploy/chart/values.yaml"))
    .map(({ key, type, fallback, description }) => [
      code(key),
      type,
      fallback,
      description,
    ]);
  return table(["Key", "Type", "Default", "Description"], rows);
}

/** A folder imports only folders above it. */
function renderFolders(): string {
  const rows = SOURCE_FOLDERS.map(({ name, holds, imports }) => [
    code(name),
    holds,
    imports.map(code).join(" ") || "–",
  ]);
  return table(["folder", "holds", "may import"], rows);
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

const SCHEMA = "deploy/chart/values.schema.json";

/** The chart's schema with the parameters of a namespace. */
function renderSchema(): string {
  const schema = JSON.parse(read(SCHEMA));
  schema.definitions.parameters = parametersSchema();
  return JSON.stringify(schema);
}

/** Every file with generated parts, and every generated one, fresh. */
export function renderDocuments(): Map<string, string> {
  const documents = renderPolicyFiles();
  for (const [path, name, part] of listParts()) {
    const text = documents.get(path) ?? read(path);
    documents.set(path, replacePart(text, name, part));
  }
  return documents;
}

if (import.meta.main) {
  for (
    const [path, text] of [...renderDocuments(), [
      SCHEMA,
      renderSchema(),
    ]] as const
  ) {
    await Deno.writeTextFile(new URL(path, ROOT), text);
    say(`${path} written`);
  }
  const paths = new Set([SCHEMA, ...listParts().map(([path]) => path)]);
  await run(Deno.execPath(), ["fmt", "--quiet", ...paths], {
    cwd: ROOT.pathname,
  });
}
