/** Rules: the wrapper starts every container, or the pod is exempt. */
import { items, line, pattern } from "./cel.ts";
import {
  EXEMPT_ANNOTATION,
  INIT_ANNOTATION,
  INSTALL_CONTAINER,
  MOST_CONTAINERS,
  WRAPPER,
} from "./names.ts";
import { startsWrapper } from "./pod.ts";
import { ENV, IS_WRAPPED, type Rule, rule } from "./rule.ts";

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

/** Command lines of `c` that the kubelet starts beside it, without injection. */
const HOOKS = [
  ...["livenessProbe", "readinessProbe", "startupProbe"].map((
    field,
  ) => ["c", field]),
  ...["postStart", "preStop"].map((field) => ["c", "lifecycle", field]),
].map((path) => execOf(path)).join(" + ");

function execOf(path: readonly string[]): string {
  const fields = [...path, "exec", "command"];
  const conditions = fields.slice(1).map((_, index) =>
    `has(${fields.slice(0, index + 2).join(".")})`
  );
  return `(${conditions.join(" && ")} ? ${fields.join(".")} : [])`;
}

/** `$(NAME)` in a command is a variable's value. */
const VALUES = `${ENV}.filter(e, has(e.value)).map(e, e.value)`;

/** How often `words` name a wrapper. */
function wrappersIn(words: string): string {
  return `size((${words}).filter(word, word.matches(${
    pattern("(^|/)cloudtaser-wrapper$")
  })))`;
}

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
  rule(
    "nested",
    "a wrapper that a container's command, arguments, variables, probes or hooks name: it could start with other settings",
    // The first word of a command is judged by `wrapped`.
    `variables.everyContainer.filter(c, c.name != '${INSTALL_CONTAINER}' &&
      (${wrappersIn(`${items("c", "args")} + ${HOOKS} + ${VALUES}`)} > 0 ||
       ${wrappersIn(items("c", "command"))} > (${
      startsWrapper("c")
    } ? 1 : 0))).map(c, 'container ' + c.name +
        ' starts cloudtaser-wrapper by its arguments, a variable, a probe or a hook: remove it there, injection starts it')`,
  ),
];
