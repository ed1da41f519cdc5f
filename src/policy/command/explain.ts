/** `policy explain`: what the API server would do with each pod of a manifest. */
import { createTwoFilesPatch } from "diff";
import { dump } from "js-yaml";
import { injectPod, type KubernetesObject } from "../evaluate/inject.ts";
import { type PolicyFinding, policyFindings } from "../evaluate/findings.ts";
import { safeText } from "@/base/text.ts";
import { hideValues } from "./hide_values.ts";
import type { Workload } from "../manifest/read.ts";

/** Controls, and characters that change how others look. */
// deno-lint-ignore no-control-regex -- a terminal must not receive them
const INVISIBLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\p{Cf}\u2028\u2029]/gu;

/** What would happen to the pods of one object. */
export interface Explanation {
  readonly title: string;
  readonly refused: boolean;
  readonly findings: readonly PolicyFinding[];
  readonly before: KubernetesObject;
  readonly after: KubernetesObject;
}

/** Injects and judges the pods of one object. */
export function explain(
  { title, pod }: Workload,
  parameters: KubernetesObject,
): Explanation {
  const after = injectPod(pod, parameters);
  const findings = policyFindings(after, parameters);
  const refused = findings.some(({ level }) => level === "deny");
  return {
    title,
    refused,
    findings: findings.map((one) => ({
      ...one,
      text: safeText(one.text, 4000),
    })),
    ...hideValues(pod, after),
  };
}

/** Text for people: verdict, findings, and the injection as a diff. */
export function renderText(explanations: readonly Explanation[]): string {
  return explanations.map(renderOne).join("\n");
}

function renderOne(explanation: Explanation): string {
  const { title, refused, findings, before, after } = explanation;
  const at = (level: PolicyFinding["level"]) =>
    findings.filter((finding) => finding.level === level);
  return [
    `${title}: ${refused ? "refused" : "accepted"}\n`,
    ...renderFindings("would be refused because:", at("deny")),
    ...renderFindings("would be accepted with these warnings:", at("warn")),
    ...renderFindings("the audit log would have:", at("audit")),
    ...renderDiff(before, after),
  ].join("");
}

function renderFindings(
  head: string,
  findings: readonly PolicyFinding[],
): string[] {
  if (findings.length === 0) return [];
  return [`  ${head}\n`, ...findings.map(({ text }) => `    - ${text}\n`)];
}

function renderDiff(
  before: KubernetesObject,
  after: KubernetesObject,
): string[] {
  const [from, to] = [before, after].map((pod) =>
    dump(pod, { lineWidth: -1, noRefs: true })
  );
  if (from === to || from === undefined || to === undefined) {
    return ["  would not be injected\n"];
  }
  // Behind the lines with the names of files.
  const lines = createTwoFilesPatch("", "", from, to).split("\n")
    .filter((line) => !/^(?:Index: |={9,}|--- |\+\+\+ )\s*$/.test(line))
    .map((line) => line.replace(INVISIBLE, "\uFFFD"));
  return ["  would be injected like this:\n", indent(lines.join("\n"))];
}

function indent(text: string): string {
  return text.trimEnd().split("\n").map((line) => `    ${line}\n`).join("");
}

function escapeJson(text: string): string {
  return [...Array(text.length).keys()].map((index) =>
    `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`
  ).join("");
}

/** For scripts. */
export function renderJson(explanations: readonly Explanation[]): string {
  const results = explanations.map(({ before: _, after, ...rest }) => ({
    ...rest,
    pod: after,
  }));
  const text = JSON.stringify(results, null, 2);
  return `${text.replace(INVISIBLE, escapeJson)}\n`;
}
