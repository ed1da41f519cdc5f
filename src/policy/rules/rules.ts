/** All rules, and the variables that they need. */
import type { Variable } from "./cel.ts";
import { GENUINE_RULES } from "./genuine.ts";
import { HOST_RULES } from "./host.ts";
import { INJECTED_VARIABLES } from "./injected.ts";
import { INJECTION_VARIABLES } from "./injection.ts";
import { parameterVariables } from "./parameters.ts";
import { POD_VARIABLES } from "./pod.ts";
import { JUDGED_VARIABLES, type Rule } from "./rule.ts";
import { SECRET_RULES } from "./secrets.ts";
import { SETTING_RULES } from "./settings.ts";
import { WRAPPED_RULES } from "./wrapped.ts";

/** In the order of their findings. */
export const RULES: readonly Rule[] = [
  ...WRAPPED_RULES,
  ...GENUINE_RULES,
  ...SETTING_RULES,
  ...HOST_RULES,
  ...SECRET_RULES,
];

/** Everything that expressions on pods may use, each below what it uses. */
export const ALL_VARIABLES: readonly Variable[] = [
  ...parameterVariables("params"),
  ...POD_VARIABLES,
  ...INJECTED_VARIABLES,
  ...INJECTION_VARIABLES,
  ...JUDGED_VARIABLES,
  ...RULES.map(({ name, expression }) => ({
    name: `rule_${name}`,
    expression,
  })),
];
