/** Variables with the values of the parameters, and what is wrong with a ConfigMap. */
import { PARAMETERS } from "../parameters.ts";
import { list, pattern, quoted, type Variable, variable } from "./cel.ts";

/** Whose data the parameters are: those of the policy, or the ConfigMap that is judged. */
type Source = "params" | "object";

/** One variable for each parameter, named like it, and `parameterProblems`. */
export function parameterVariables(source: Source): Variable[] {
  return [
    variable("data", `has(${source}.data) ? ${source}.data : dyn({})`),
    ...PARAMETERS.map(({ name, fallback }) =>
      variable(
        name,
        `'${name}' in variables.data && variables.data['${name}'] != ''
          ? variables.data['${name}'] : ${quoted(fallback)}`,
      )
    ),
    variable(
      "unknownParameters",
      `variables.data.filter(k, !(k in ${
        list(PARAMETERS.map((p) => p.name))
      }))`,
    ),
    variable(
      "parameterProblems",
      // Maps have no order: of several unknown keys the first by name is reported.
      `variables.unknownParameters
        .filter(k, variables.unknownParameters.all(other, k <= other))
        .map(k, 'parameter ' + k + ' is unknown; known: ${
        PARAMETERS.map((p) => p.name).join(", ")
      }')
      + ${PARAMETERS.map(problem).join(" + ")}`,
    ),
  ];
}

/** A list with the problem of one key's value, or an empty one. */
function problem(
  { name, pattern: regex, wanted, required }: typeof PARAMETERS[number],
): string {
  // A literal, which the API server compiles once: patterns of a list cost a third of the policy's time.
  const whole = pattern(`^(?:${required ? "" : "|"}${regex})$`);
  const isSet = `'${name}' in variables.data`;
  return `((${isSet} ? variables.data['${name}'] : '').matches(${whole}) ? [] :
    ['parameter ${name} ' + (${isSet} ? 'is not valid' : 'is missing') + ${
    quoted(`: use ${wanted}`)
  }])`;
}
