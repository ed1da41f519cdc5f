/** The report as text, one line for equal findings of a workload's pods, or as JSON. */
import { safeText } from "@/base/text.ts";
import { pad } from "@/fleet/render/cells.ts";
import { count } from "@/fleet/render/formatting.ts";
import type { JudgedPod } from "./judge.ts";
import type { JudgedNamespace, PolicyReport } from "./report.ts";

const TITLES = ["NAMESPACE", "WORKLOAD", "PODS", "LEVEL", "RULE", "FINDING"];
const GAP = "   ";

/** A level, a rule and what it says. */
type Line = readonly [level: string, rule: string, text: string];

/** A table, and a summary in one sentence. */
export function renderPolicyText(report: PolicyReport): string {
  const rows = report.namespaces.flatMap(renderNamespace);
  const table = rows.length > 0 ? [...align([TITLES, ...rows]), ""] : [];
  return [...table, summarize(report), ""].join("\n");
}

function renderNamespace(judged: JudgedNamespace): string[][] {
  const { namespace, problems, reported, error } = judged;
  const workloads = Map.groupBy(reported, ({ workload }) => workload);
  const lines: (readonly [string, string, Line])[] = [
    ...problems.map((text) =>
      ["(all)", "-", ["deny", "parameters", text]] as const
    ),
    ...[...workloads].flatMap(([workload, pods]) =>
      countLines(pods).map(([line, count]) =>
        [workload, String(count), line] as const
      )
    ),
  ];
  if (error !== undefined) lines.push(["(all)", "-", ["-", "unknown", error]]);
  return lines.map(([workload, pods, line]) =>
    [namespace, workload, pods, ...line].map((cell) => safeText(cell, 2000))
  );
}

/** Each line with the number of pods that have it. */
function countLines(pods: readonly JudgedPod[]): [Line, number][] {
  const lines = pods.flatMap(listLines);
  return [...Map.groupBy(lines, (line) => line.join("\n")).values()]
    .map((equal) => [equal[0]!, equal.length]);
}

function listLines({ notInjected, findings, error, restart }: JudgedPod) {
  const lines: Line[] = findings.map((one) => [one.level, one.rule, one.text]);
  const early = `started before injection: ${restart}`;
  if (notInjected) lines.unshift(["-", "notInjected", early]);
  if (error !== undefined) lines.push(["-", "unknown", error]);
  return lines;
}

/** The last column is not cut: it has the remedy. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = TITLES.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      column === TITLES.length - 1 ? cell : pad(cell, widths[column]!)
    ).join(GAP)
  );
}

function summarize({ namespaces }: PolicyReport): string {
  const all = namespaces.flatMap(({ reported }) => reported);
  const having = (is: (pod: JudgedPod) => boolean) => all.filter(is).length;
  const at = (level: string) =>
    having(({ findings }) => worst(findings) === level);
  const spaces = (is: (one: JudgedNamespace) => boolean) =>
    namespaces.filter(is).length;
  const parts = ([
    [spaces(({ problems }) => problems.length > 0), "without valid parameters"],
    [spaces(({ error }) => error !== undefined), "not readable"],
    [at("deny"), "would be refused"],
    [at("warn"), "would get warnings"],
    [at("audit"), "would be audited"],
    [having(({ notInjected }) => notInjected), "not injected"],
    [having(({ error }) => error !== undefined), "cannot be judged"],
  ] as const).filter(([number]) => number > 0).map((part) => part.join(" "));
  const pods = namespaces.reduce((sum, { pods }) => sum + pods, 0);
  const spaceCount = count(namespaces.length, "namespace");
  const found = parts.join(", ") || "no findings";
  return `${spaceCount}, ${count(pods, "pod")}: ${found}`;
}

function worst(findings: JudgedPod["findings"]): string | undefined {
  return ["deny", "warn", "audit"].find((level) =>
    findings.some((finding) => finding.level === level)
  );
}

/** Field names are a contract. */
export function renderPolicyJson(report: PolicyReport): string {
  const { at, place, injects, code, namespaces } = report;
  const document = {
    time: new Date(at).toISOString(),
    place,
    injects,
    exitCode: code,
    namespaces: namespaces.map((
      { namespace, pods, problems, error, reported },
    ) => ({
      namespace,
      pods,
      problems,
      reason: error ?? null,
      reported: reported.map((
        { pod, workload, restart, notInjected, findings, error },
      ) => ({
        pod,
        workload,
        notInjected,
        restart,
        reason: error ?? null,
        findings,
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
