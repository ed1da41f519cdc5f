/** `policy explain`: what the API server would do with each pod of a manifest. */
import { createTwoFilesPatch } from "diff";
import { dump } from "js-yaml";
import { injectPod, type KubernetesObject } from "../evaluate/inject.ts";
import { type PolicyFinding, policyFindings } from "../evaluate/findings.ts";
import { safeText } from "@/base/text.ts";
import { maskManifest } from "./mask.ts";

/** Controls, and characters that change how others look. */
// deno-lint-ignore no-control-regex -- a terminal must not receive them
const INVISIBLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\p{Cf}\u2028\u2029]/gu;

/** What would happen to the pods of one object. */
export interface Explanation {
  readonly title: string;
  readonly refused: boolean;
  readonly findings: readonly PolicyFinding[];
  /** The cluster injects. Otherwise `after` is what the manifest would have to be. */
  readonly injects: boolean;
  /** Both without texts that may be secrets. */
  readonly before: KubernetesObject;
  readonly after: KubernetesObject;
}

/** Why an object has no explanation. */
export interface Failure {
  readonly title: string;
  readonly error: string;
  readonly code: number;
}

/** Injects and judges the pods of one object. */
export function explain(
  title: string,
  pod: KubernetesObject,
  parameters: KubernetesObject,
  injects: boolean,
): Explanation {
  const injected = injectPod(pod, parameters);
  const findings = policyFindings(injects ? injected : pod, parameters);
  return {
    title,
    refused: findings.some(({ level }) => level === "deny"),
    findings: findings.map((one) => ({
      ...one,
      text: safeText(one.text, 4000),
    })),
    injects,
    before: maskManifest(pod, pod),
    after: maskManifest(injected, pod),
  };
}

/** Text for people: verdict, findings, and the injection as a diff. */
export function renderText(explanations: readonly Explanation[]): string {
  return explanations.map(renderOne).join("\n");
}

function renderOne(explanation: Explanation): string {
  const { title, refused, findings } = explanation;
  const at = (level: PolicyFinding["level"]) =>
    findings.filter((finding) => finding.level === level);
  return [
    `${title}: ${refused ? "refused" : "accepted"}\n`,
    ...renderFindings("would be refused because:", at("deny")),
    ...renderFindings("would be accepted with these warnings:", at("warn")),
    ...renderFindings("the audit log would have:", at("audit")),
    ...renderDiff(explanation),
  ].join("");
}

function renderFindings(
  head: string,
  findings: readonly PolicyFinding[],
): string[] {
  if (findings.length === 0) return [];
  return [`  ${head}\n`, ...findings.map(({ text }) => `    - ${text}\n`)];
}

function renderDiff({ before, after, injects }: Explanation): string[] {
  const [from, to] = [before, after].map((pod) =>
    dump(pod, { lineWidth: -1, noRefs: true })
  );
  if (from === to || from === undefined || to === undefined) {
    return injects ? ["  would not be injected\n"] : [];
  }
  // Behind the lines with the names of files.
  const lines = createTwoFilesPatch("", "", from, to).split("\n")
    .filter((line) => !/^(?:Index: |={9,}|--- |\+\+\+ )\s*$/.test(line))
    .map((line) => line.replace(INVISIBLE, "\uFFFD"));
  const head = injects
    ? "would be injected like this:"
    : "the form that the rules accept:";
  return [`  ${head}\n`, indent(lines.join("\n"))];
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
export function renderJson(
  results: readonly (Explanation | Failure)[],
): string {
  const objects = results.map((one) => {
    if ("error" in one) return { title: one.title, error: one.error };
    const { title, refused, findings, after } = one;
    return { title, refused, findings, pod: after };
  });
  const text = JSON.stringify(objects, null, 2);
  return `${text.replace(INVISIBLE, escapeJson)}\n`;
}
