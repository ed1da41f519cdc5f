/** The policies as the API server receives them. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { loadAll } from "js-yaml";
import {
  mutatingAnchor,
  validatingAnchor,
} from "../../src/policy/render/anchor.ts";
import {
  renderAnchor,
  renderPolicies,
} from "../../src/policy/render/manifests.ts";
import {
  mutatingPolicies,
  validatingPolicies,
} from "../../src/policy/render/policies.ts";
import { app } from "./support/judge.ts";
import { makeParameters } from "./support/parameter_sets.ts";
import { Evaluation } from "../../src/policy/evaluate/evaluation.ts";

// deno-lint-ignore no-explicit-any -- policies as the API has them
type Policy = any;
const mutating: Policy[] = mutatingPolicies();
const all: Policy[] = [...mutating, ...validatingPolicies()];

Deno.test("YAML gives the policies again, each half by itself", () => {
  const parsed = (half: Parameters<typeof renderPolicies>[0]) =>
    loadAll(renderPolicies(half));
  deepEqual(parsed("both"), all);
  deepEqual(parsed("mutating"), mutating);
  deepEqual(parsed("validating"), all.slice(mutating.length));
});

Deno.test("every policy fails closed and has a binding for labelled namespaces only", () => {
  const isBinding = ({ kind }: Policy) => kind.endsWith("Binding");
  const bound = all.filter(isBinding);
  for (const { kind, metadata, spec } of all.filter((p) => !isBinding(p))) {
    // What only warns must not be in the way.
    const isAdvice = /^cloudtaser-report-/.test(metadata.name);
    equal(spec.failurePolicy, isAdvice ? "Ignore" : "Fail");
    const own = bound.filter((one) =>
      one.kind === `${kind}Binding` && one.spec.policyName === metadata.name
    );
    equal(own.length, 1, metadata.name);
  }
  for (const { spec } of bound) {
    deepEqual(spec.matchResources.namespaceSelector, {
      matchLabels: { "cloudtaser.io/inject": "enabled" },
    });
  }
});

Deno.test("the anchor matches nothing, and keeps the API server's eyes on ConfigMaps", () => {
  const anchor: Policy[] = [...mutatingAnchor(), ...validatingAnchor()];
  deepEqual(loadAll(renderAnchor("both")), anchor);
  equal(anchor.length, 4);
  for (const { kind, metadata, spec } of anchor) {
    equal(metadata.annotations["helm.sh/resource-policy"], "keep");
    if (kind.endsWith("Binding")) {
      equal(spec.paramRef.parameterNotFoundAction, "Allow");
      continue;
    }
    equal(spec.failurePolicy, "Ignore");
    deepEqual(spec.paramKind, { apiVersion: "v1", kind: "ConfigMap" });
    deepEqual(spec.matchConstraints.resourceRules[0].apiGroups, [
      "cloudtaser.io",
    ]);
  }
});

Deno.test("missing parameters refuse, and the binding's name is the remedy", () => {
  const denying = all.filter(({ spec }) =>
    spec.paramRef?.parameterNotFoundAction === "Deny"
  );
  equal(denying.length, 3);
  for (const { metadata } of denying) {
    match(metadata.name, /needs-configmap-cloudtaser-in-this-namespace/);
  }
});

Deno.test("a variable stands below those that it uses, and each is used", () => {
  for (const { metadata, spec } of all) {
    const variables: { name: string; expression: string }[] = spec.variables ??
      [];
    const { variables: _, ...rest } = spec;
    const usedIn = (text: string) =>
      [...text.matchAll(/variables\.(\w+)/g)].map(([, name]) => name);
    const used = new Set(usedIn(JSON.stringify(spec)));
    const seen = new Set<string>();
    for (const { name, expression } of variables) {
      for (const other of usedIn(expression)) {
        ok(seen.has(other ?? ""), `${metadata.name}: ${name} uses ${other}`);
      }
      ok(used.has(name), `${metadata.name}: ${name}`);
      seen.add(name);
    }
    for (const name of usedIn(JSON.stringify(rest))) ok(seen.has(name ?? ""));
  }
});

Deno.test("new images are judged, other changes of a pod are not", () => {
  const { spec } = all.find(({ metadata }) =>
    metadata.name === "cloudtaser-deny"
  );
  const [{ expression }] = spec.matchConditions;
  const pod = (image: string, init = "i", label = "a") => ({
    metadata: { labels: { label } },
    spec: {
      containers: [{ name: "a", image }],
      initContainers: [{ name: "b", image: init }],
    },
  });
  const isJudged = (object: unknown, request: unknown, oldObject: unknown) =>
    new Evaluation([], { object, oldObject, request }).value(expression);
  const update = { operation: "UPDATE" };
  equal(isJudged(pod("x"), { operation: "CREATE" }, null), true);
  equal(isJudged(pod("x", "i", "b"), update, pod("x")), false);
  equal(isJudged(pod("y"), update, pod("x")), true);
  equal(isJudged(pod("x", "j"), update, pod("x")), true);
  equal(
    isJudged(
      pod("x"),
      { ...update, subResource: "ephemeralcontainers" },
      pod("x"),
    ),
    true,
  );
});

/** Findings of the policy for workloads, as the API server evaluates it. */
function warnings(kind: string, object: unknown, data: object): string[] {
  const { spec } = all.find(({ metadata }) =>
    metadata.name === `cloudtaser-report-${kind}`
  );
  const params = makeParameters(data as Record<string, string>);
  return new Evaluation(spec.variables, { object, params, request: {} })
    .texts("variables.findings");
}

Deno.test("workloads: their templates are judged as if they were injected", () => {
  const make = (...containers: unknown[]) => ({
    spec: {
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers, hostPID: true },
      },
    },
  });
  const data = { requiredChecks: "mlock", interpose: "auto" };
  const host = /^the pod has hostPID/;
  const good = warnings("workloads", make(app({ envFrom: [{}] })), data);
  equal(good.length, 1, good.join());
  match(good[0] ?? "", host);
  const bad = warnings(
    "workloads",
    make(
      { name: "bare", image: "x" },
      app({
        env: [
          { name: "CLOUDTASER_MIN_PROTECTION_SCORE", value: "0" },
          { name: "CLOUDTASER_REQUIRE_CHECKS", value: "memfd_secret" },
          { name: "CLOUDTASER_INTERPOSE", value: "off" },
        ],
        volumeMounts: [{ name: "v", mountPath: "/cloudtaser" }],
      }),
    ),
    data,
  );
  const expected = [
    /^container bare .* no command/,
    /^container app mounts \/cloudtaser:/,
    /MIN_PROTECTION_SCORE is "0"/,
    /lacks mlock/,
    /CLOUDTASER_INTERPOSE must be auto/,
    host,
  ];
  equal(bad.length, expected.length, bad.join("\n"));
  expected.forEach((regex, index) => match(bad[index] ?? "", regex));
  deepEqual(warnings("workloads", make(app()), { mode: "audit" }), []);
  const job = { spec: { jobTemplate: make({ name: "bare", image: "x" }) } };
  equal(warnings("cronjobs", job, {}).length, 2);
});

const guard = (name: string) =>
  all.find(({ kind, metadata }) =>
    kind === "ValidatingAdmissionPolicy" && metadata.name === name
  ).spec;

Deno.test("guards: the parameters' changes and removal, the claim, and every way into a pod", () => {
  const rules = (name: string) => {
    const [{ operations, resources }] =
      guard(name).matchConstraints.resourceRules;
    return { operations, resources };
  };
  deepEqual(rules("cloudtaser-parameters"), {
    operations: ["CREATE", "UPDATE", "DELETE"],
    resources: ["configmaps"],
  });
  deepEqual(rules("cloudtaser-claim"), {
    operations: ["CREATE"],
    resources: ["persistentvolumeclaims"],
  });
  deepEqual(rules("cloudtaser-exec"), {
    operations: ["CONNECT"],
    resources: ["pods/exec", "pods/attach"],
  });
});

Deno.test("guard of exec: deny refuses, allow and no parameter accept", () => {
  const { variables, validations } = guard("cloudtaser-exec");
  const isAllowed = (data: Record<string, string>) =>
    new Evaluation(variables, {
      params: makeParameters(data),
      request: { subResource: "exec" },
    }).value(validations[0].expression);
  equal(isAllowed({ exec: "deny" }), false);
  equal(isAllowed({ exec: "allow" }), true);
  equal(isAllowed({}), true);
});

Deno.test("guard of the parameters: a namespace that ends may lose them", () => {
  const { validations } = guard("cloudtaser-parameters");
  const { expression } = validations[1];
  match(expression, /^namespaceObject\.status\.phase == 'Terminating' \|\|/);
});
