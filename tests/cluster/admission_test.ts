/** Admission policies of the API server itself, which need no webhook. */
import assert from "node:assert/strict";
import { testInCluster } from "./support/test_in_cluster.ts";
import { policiesTakeEffect, tryApply } from "./support/admission.ts";
import { applied } from "./support/deployed.ts";
import { APP_IMAGE } from "./support/production.ts";

const MATCH = `
  matchConstraints:
    resourceRules:
      - { apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }
  matchConditions:
    - { name: mine, expression: "object.metadata.name.startsWith('judged-')" }`;

const POLICIES = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: { name: judge-changes }
spec:${MATCH}
  reinvocationPolicy: IfNeeded
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >-
          object.spec.containers[0].command[0] == '/wrapper' ? [] :
          [JSONPatch{op: "replace", path: "/spec/containers/0/command",
          value: ['/wrapper'] + object.spec.containers[0].command}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: judge-changes }
spec: { policyName: judge-changes }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: judge-refuses }
spec:${MATCH}
  validations:
    - expression: "!has(object.spec.hostPID) || !object.spec.hostPID"
      messageExpression: "object.metadata.name + ': hostPID is forbidden'"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: judge-refuses }
spec: { policyName: judge-refuses, validationActions: [Deny] }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: judge-warns }
spec:${MATCH}
  validations:
    - { expression: "!has(object.spec.hostNetwork)", message: hostNetwork is unusual }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: judge-warns }
spec: { policyName: judge-warns, validationActions: [Warn] }
`;

function podOf(name: string, more: object = {}): string {
  const app = { name: "app", image: APP_IMAGE, command: ["/app", "env"] };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [app], ...more },
  });
}

testInCluster(
  "admission: policies change, refuse and warn, once they are in effect, until they are deleted",
  async ({ cluster, test }) => {
    const ask = (...pods: string[]) =>
      tryApply(cluster, pods.join("\n---\n"), { dryRun: true });
    const commandOf = (
      pod: { spec: { containers: { command: string[] }[] } },
    ) => pod.spec.containers[0]!.command.join(" ");
    {
      await using _ = await applied(cluster, POLICIES);
      await policiesTakeEffect(cluster);

      await test.step("a pod is changed", async () => {
        const { objects, ...rest } = await ask(podOf("judged-plain"));
        assert.deepEqual(objects.map(commandOf), ["/wrapper /app env"]);
        assert.deepEqual(rest, { refusal: "", warnings: [] });
      });

      await test.step("of two pods one is refused, in the policy's words", async () => {
        const other = podOf("judged-host", { hostPID: true });
        const { refusal } = await ask(podOf("judged-plain"), other);
        assert.match(refusal, /judged-host: hostPID is forbidden$/);
        assert.equal(refusal.split("\n").length, 1);
      });

      await test.step("a pod is admitted with a warning", async () => {
        const pod = podOf("judged-network", { hostNetwork: true });
        const { objects, refusal, warnings } = await ask(pod);
        assert.equal(objects.length, 1);
        assert.equal(refusal, "");
        assert.equal(warnings.length, 1);
        assert.match(warnings[0]!, /judge-warns.*: hostNetwork is unusual$/);
      });
    }
    await policiesTakeEffect(cluster);
    const { objects, ...rest } = await ask(
      podOf("judged-plain"),
      podOf("judged-host", { hostPID: true, hostNetwork: true }),
    );
    assert.deepEqual(objects.map(commandOf), ["/app env", "/app env"]);
    assert.deepEqual(rest, { refusal: "", warnings: [] });
  },
);

testInCluster(
  "admission: policiesTakeEffect returns when the next request is judged by what was made and deleted before",
  async ({ cluster: { api }, cluster }) => {
    const group = "/apis/admissionregistration.k8s.io/v1";
    const policies = `${group}/validatingadmissionpolicies`;
    const bindings = `${group}/validatingadmissionpolicybindings`;
    const name = "judge-at-once";
    const rule = {
      apiGroups: [""],
      apiVersions: ["v1"],
      operations: ["CREATE"],
      resources: ["configmaps"],
    };
    const make = async (path: string, spec: object) => {
      const answer = await api.request("POST", path, {
        metadata: { name },
        spec,
      });
      assert.equal(answer.status, 201, answer.text);
    };
    const ask = async () => {
      const path = "/api/v1/namespaces/default/configmaps?dryRun=All";
      const { status } = await api.request("POST", path, {
        metadata: { name: "judged" },
      });
      return status;
    };
    try {
      await make(policies, {
        matchConstraints: { resourceRules: [rule] },
        matchConditions: [{
          name: "mine",
          expression: "object.metadata.name == 'judged'",
        }],
        validations: [{ expression: "false" }],
      });
      await make(bindings, { policyName: name, validationActions: ["Deny"] });
      await policiesTakeEffect(cluster);
      assert.equal(await ask(), 422);
    } finally {
      await api.request("DELETE", `${bindings}/${name}`);
      await api.request("DELETE", `${policies}/${name}`);
    }
    await policiesTakeEffect(cluster);
    assert.equal(await ask(), 201);
  },
);
