/** Rules: the wrapper starts every container, or the pod is exempt. */
import { line } from "./cel.ts";
import {
  EXEMPT_ANNOTATION,
  INIT_ANNOTATION,
  MOST_CONTAINERS,
  WRAPPER,
} from "./names.ts";
import { startsWrapper } from "./pod.ts";
import { IS_WRAPPED, type Rule, rule } from "./rule.ts";

const NO_COMMAND = line(
  `'container ' + c.name + ' is not started by cloudtaser-wrapper: it has no command, and the API server ' +
  'cannot see the entrypoint of its image; set command to the Entrypoint and args to the Cmd that this prints: crane config ' +
  c.image + ' | jq .config'`,
);
const NOT_WRAPPED = line(
  `'container ' + c.name + ' is not started by cloudtaser-wrapper: ' + (${
    startsWrapper("c")
  } ?
  'its command starts ' + c.command[0] + (c.command[0] == '${WRAPPER}' ? ' with its own flags or without an application' : '') +
    '; remove that from command, injection adds the wrapper and variables replace flags' :
  'begin its command with ${WRAPPER} and --')`,
);
const DEBUGGER = line(
  `'ephemeral container ' + c.name + ' is not started by cloudtaser-wrapper, and could read what processes of the pod hold; ' +
  'use kubectl exec instead'`,
);

/** In the order of their findings. */
export const WRAPPED_RULES: readonly Rule[] = [
  rule(
    "parameters",
    "a ConfigMap `cloudtaser` with an unknown key or an invalid value",
    "variables.isDebug ? [] : variables.parameterProblems.map(p, 'ConfigMap cloudtaser: ' + p)",
  ),
  rule(
    "tooMany",
    `more than ${MOST_CONTAINERS} containers or init containers`,
    `variables.isDebug || variables.fits ? [] :
      ['the pod has ' + string(size(object.spec.containers)) + ' containers and ' + string(size(variables.inits)) +
       ' init containers, at most ${MOST_CONTAINERS} of each are injected: use several pods']`,
  ),
  rule(
    "exempted",
    "an exemption that the parameters do not list for this service account and image",
    `variables.isDebug || variables.exemption == '' || variables.isExempt ? [] :
      ['annotation ${EXEMPT_ANNOTATION} names ' + variables.exemption + ', which is not an exemption for service account ' +
        variables.account + ' and all images of this pod: remove it, or add it to parameter exemptions']`,
  ),
  rule(
    "initNames",
    "an annotation that names an init container that does not exist",
    `variables.isDebug ? [] : variables.wantedInits.filter(name, !variables.inits.exists(c, c.name == name)).map(name,
      'annotation ${INIT_ANNOTATION} names ' + name + ', which is not an init container of this pod: correct or remove the name')`,
  ),
  rule(
    "wrapped",
    "a container that the wrapper does not start: no command, its own wrapper, flags or a subcommand of the wrapper",
    `!variables.isJudged || !variables.fits ? [] : variables.targets.filter(c, !${IS_WRAPPED}).map(c, variables.isDebug ? ${DEBUGGER} :
      !has(c.command) || size(c.command) == 0 ? ${NO_COMMAND} : ${NOT_WRAPPED})`,
  ),
];
