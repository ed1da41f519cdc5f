/** Policies on what could switch the others off: the parameters, and the claim of the agent's socket. */
import { AGENT_CLAIM, PARAMETERS_NAME } from "../rules/names.ts";
import { parameterVariables } from "../rules/parameters.ts";
import { binding, type Manifest, policy, resourceRules } from "./objects.ts";
import { usedVariables } from "./used_variables.ts";

/** Both, with their bindings. */
export function guards(): Manifest[] {
  return [...judgeParameters(), ...guardClaim()];
}

/**
 * Judges the ConfigMap itself. Its values switch the rules off, so that only
 * those may write it who may change the namespace's label.
 */
function judgeParameters(): Manifest[] {
  const name = "cloudtaser-parameters";
  const expression = "size(variables.parameterProblems) == 0";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      matchConstraints: resourceRules(["CREATE", "UPDATE"], ["configmaps"]),
      matchConditions: [{
        name: "is-cloudtaser",
        expression: `object.metadata.name == '${PARAMETERS_NAME}'`,
      }],
      failurePolicy: "Fail",
      variables: usedVariables([expression], parameterVariables("object")),
      validations: [
        {
          expression,
          messageExpression: "variables.parameterProblems.join('; ')",
        },
        onlyKeepers(
          `change ConfigMap ${PARAMETERS_NAME}: it decides which pods are refused`,
        ),
      ],
    }),
    binding("ValidatingAdmissionPolicyBinding", name, {
      policyName: name,
      validationActions: ["Deny"],
    }),
  ];
}

/** A claim of that name for another volume could hold the socket of a false agent. */
function guardClaim(): Manifest[] {
  const name = "cloudtaser-claim";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      matchConstraints: resourceRules(["CREATE"], ["persistentvolumeclaims"]),
      matchConditions: [{
        name: "is-of-the-agent",
        expression: `object.metadata.name == '${AGENT_CLAIM}'`,
      }],
      failurePolicy: "Fail",
      validations: [
        onlyKeepers(
          `create claim ${AGENT_CLAIM}: pods reach the node agent through it`,
        ),
      ],
    }),
    binding("ValidatingAdmissionPolicyBinding", name, {
      policyName: name,
      validationActions: ["Deny"],
    }),
  ];
}

/** Those who may change the namespace's label can switch all of this off anyway. */
function onlyKeepers(what: string) {
  return {
    expression:
      "authorizer.group('').resource('namespaces').name(request.namespace).check('update').allowed()",
    message: `Only a user who may update the namespace may ${what}`,
  };
}
