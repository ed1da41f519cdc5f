/** Policies on what could get around the others: the parameters, the claim of the agent's socket, exec. */
import { AGENT_CLAIM, PARAMETERS_NAME } from "../rules/names.ts";
import { parameterVariables } from "../rules/parameters.ts";
import {
  binding,
  type Manifest,
  PARAM_KIND,
  paramRef,
  policy,
  resourceRules,
} from "./objects.ts";
import { usedVariables } from "./used_variables.ts";

/** All, with their bindings. */
export function guards(): Manifest[] {
  return [...judgeParameters(), ...guardClaim(), ...guardExec()];
}

/**
 * Judges the ConfigMap itself. Its values switch the rules off, so that only
 * those may write it who may change the namespace's label.
 */
function judgeParameters(): Manifest[] {
  const name = "cloudtaser-parameters";
  const expression =
    "request.operation == 'DELETE' || size(variables.parameterProblems) == 0";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      matchConstraints: resourceRules(["CREATE", "UPDATE", "DELETE"], [
        "configmaps",
      ]),
      matchConditions: [{
        name: "is-cloudtaser",
        expression:
          `(request.operation == 'DELETE' ? oldObject : object).metadata.name == '${PARAMETERS_NAME}'`,
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

/** Entering a pod changes no object: the API server judges the connection. */
function guardExec(): Manifest[] {
  const name = "cloudtaser-exec";
  const expression = "variables.exec != 'deny'";
  return [
    policy("ValidatingAdmissionPolicy", name, {
      paramKind: PARAM_KIND,
      matchConstraints: resourceRules(["CONNECT"], [
        "pods/exec",
        "pods/attach",
      ]),
      failurePolicy: "Fail",
      variables: usedVariables([expression], parameterVariables("params")),
      validations: [{
        expression,
        messageExpression:
          "'Parameter exec of this namespace refuses kubectl ' + request.subResource + ': read the logs, or ask an administrator to set exec to allow in ConfigMap cloudtaser'",
      }],
    }),
    binding(
      "ValidatingAdmissionPolicyBinding",
      "cloudtaser-exec-needs-configmap-cloudtaser-in-this-namespace",
      {
        policyName: name,
        validationActions: ["Deny"],
        paramRef: paramRef("Deny"),
      },
    ),
  ];
}

/** Those who may change the namespace's label can switch all of this off anyway. */
function onlyKeepers(what: string) {
  return {
    // What a namespace contains goes with it.
    expression:
      "namespaceObject.status.phase == 'Terminating' || authorizer.group('').resource('namespaces').name(request.namespace).check('update').allowed()",
    message: `Only a user who may update the namespace may ${what}`,
  };
}
