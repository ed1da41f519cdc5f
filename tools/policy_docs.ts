/** What docs/POLICY.md and deploy/ say about the policies, made from src/policy/. */
import { MAXIMUM_SCORE } from "../src/score/checks.ts";
import { PARAMETERS } from "../src/policy/parameters.ts";
import {
  type Half,
  renderAnchor,
  renderPolicies,
} from "../src/policy/render/manifests.ts";
import { RULES } from "../src/policy/rules/rules.ts";

/** Rows of the table of parameters: key, default, meaning. */
export function listParameterRows(): string[][] {
  return PARAMETERS.map(({ name, fallback, help, required }) => [
    `\`${name}\``,
    required ? "required" : fallback === "" ? "" : `\`${fallback}\``,
    help,
  ]);
}

/** Rows of the table of rules: name, what is refused, the parameter that decides. */
export function listRuleRows(): string[][] {
  return RULES.map(({ name, refuses, level }) => [
    `\`${name}\``,
    refuses,
    `\`${level}\``,
  ]);
}

/** Generated manifests: file, half, first line, and what it has. */
const FILES:
  readonly (readonly [string, Half, string, typeof renderAnchor?])[] = [
    [
      "deploy/chart/files/policy/anchor-mutating.yaml",
      "mutating",
      "Stays when the policies are removed: Kubernetes 1.36 and newer.",
      renderAnchor,
    ],
    [
      "deploy/chart/files/policy/anchor-validating.yaml",
      "validating",
      "Stays when the policies are removed: Kubernetes 1.30 and newer.",
      renderAnchor,
    ],
    [
      "deploy/manifests/policy-anchor.yaml",
      "both",
      'To be installed before policy.yaml and never to be removed: docs/POLICY.md, "Remove".',
      renderAnchor,
    ],
    [
      "deploy/chart/files/policy/mutating.yaml",
      "mutating",
      "Injection: Kubernetes 1.36 and newer.",
    ],
    [
      "deploy/chart/files/policy/validating.yaml",
      "validating",
      "The rules: Kubernetes 1.30 and newer.",
    ],
    [
      "deploy/manifests/policy.yaml",
      "both",
      "Injection (Kubernetes 1.36) and rules (1.30): once a cluster. They act in namespaces with the label cloudtaser.io/inject=enabled.",
    ],
  ];

/** The manifests, whole. */
export function renderPolicyFiles(): Map<string, string> {
  const origin = "Generated from src/policy/ by `deno task docs`.";
  return new Map(
    FILES.map(([path, half, title, render = renderPolicies]) => [
      path,
      `# ${title}\n# ${origin}\n---\n${render(half)}`,
    ]),
  );
}

/** Numbers that a value of the chart may have without quotes. */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  minimumScore: [0, MAXIMUM_SCORE],
  statusPort: [1000, 65_499],
};

/** The definition of a namespace's parameters for the chart's values.schema.json. */
export function parametersSchema(): Record<string, unknown> {
  const properties = PARAMETERS.map(({ name, pattern, required }) => {
    const text = {
      type: "string",
      pattern: `^(?:${required ? "" : "|"}${pattern})$`,
    };
    const [minimum, maximum] = NUMBERS[name] ?? [];
    const number = { type: "integer", minimum, maximum };
    return [name, minimum === undefined ? text : { anyOf: [text, number] }];
  });
  return {
    type: "object",
    additionalProperties: false,
    // The image is the chart's own.
    required: PARAMETERS.filter(({ name, required }) =>
      required && name !== "image"
    ).map(({ name }) => name),
    properties: Object.fromEntries(properties),
  };
}
