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
  const whole = (line: Line) => [namespace, "(all)", "-", ...line];
  const workloads = Map.groupBy(reported, ({ workload }) => workload);
  return [
    ...error === undefined ? [] : [whole(["-", "unknown", error])],
    ...problems.map((text) => whole(["deny", "parameters", text])),
    ...[...workloads].flatMap(([workload, pods]) =>
      countLines(pods).map(([line, pods]) =>
        [namespace, workload, String(pods), ...line].map((cell) =>
          safeText(cell, 2000)
        )
      )
    ),
  ];
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
  const pods = namespaces.reduce((sum, { pods }) => sum + pods, 0);
  const having = (is: (pod: JudgedPod) => boolean) => all.filter(is).length;
  const levels = (["deny", "warn", "audit"] as const).map((level) =>
    [
      having(({ findings }) => worst(findings) === level),
      {
        deny: "would be refused",
        warn: "would get warnings",
        audit: "audited",
      }[
        level
      ],
    ] as const
  );
  const parts = [
    ...levels,
    [having(({ notInjected }) => notInjected), "not injected"] as const,
    [having(({ error }) => error !== undefined), "unknown"] as const,
  ].filter(([number]) => number > 0).map(([number, what]) =>
    `${number} ${what}`
  );
  const head = `${count(namespaces.length, "namespace")}, ${
    count(pods, "pod")
  }`;
  return `${head}: ${parts.join(", ") || "no findings"}`;
}

function worst(findings: JudgedPod["findings"]): string | undefined {
  return (["deny", "warn", "audit"] as const).find((level) =>
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
      findings: reported.map((
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
