/**
 * The values of deploy/chart for the table in its README, by the conventions of
 * helm-docs: `# -- description` stands before a key, `# @default -- text`
 * replaces the value in the column of defaults.
 */
import { load } from "js-yaml";

/** One value of the chart. */
export interface ChartValue {
  /** Dotted path: `agent.mode`. */
  readonly key: string;
  readonly type: string;
  /** Text for people: the value as JSON in backticks, or what `@default` says. */
  readonly fallback: string;
  readonly description: string;
}

/** The documented values of a values.yaml, in its order. */
export function readChartValues(yaml: string): ChartValue[] {
  const values = load(yaml);
  const found: ChartValue[] = [];
  const path: string[] = [];
  let [description, fallback] = ["", ""];
  for (const line of yaml.split("\n")) {
    description ||= /^ *# -- (.+)$/.exec(line)?.[1] ?? "";
    fallback ||= /^ *# @default -- (.+)$/.exec(line)?.[1] ?? "";
    const [, indent = "", name] = /^( *)(\w+):/.exec(line) ?? [];
    if (name === undefined) continue;
    path.splice(indent.length / 2, Infinity, name);
    if (description !== "") {
      const value = valueAt(values, path);
      fallback ||= `\`${JSON.stringify(value)}\``;
      const key = path.join(".");
      found.push({ key, type: typeOf(value), fallback, description });
    }
    [description, fallback] = ["", ""];
  }
  return found;
}

/** Dotted paths of everything that a person can set; what is below a documented key belongs to it. */
export function listLeaves(
  values: unknown,
  documented: ReadonlySet<string>,
  path = "",
): string[] {
  if (documented.has(path) || !isTable(values)) return [path];
  return Object.entries(values).flatMap(([name, value]) =>
    listLeaves(value, documented, path === "" ? name : `${path}.${name}`)
  );
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => isTable(value) ? value[name] : undefined,
    values,
  );
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (Number.isInteger(value)) return "int";
  return typeof value === "boolean" ? "bool" : typeof value;
}
