/** Rules: a container's variables do not weaken what the namespace requires. */
import { line, list, pattern } from "./cel.ts";
import { ENV, IS_WRAPPED, type Rule, rule } from "./rule.ts";

const MINIMUM = "CLOUDTASER_MIN_PROTECTION_SCORE";
const REQUIRED = "CLOUDTASER_REQUIRE_CHECKS";
const INTERPOSE = "CLOUDTASER_INTERPOSE";

/** Settings with one value, that of injection. */
const FIXED: readonly (readonly [string, string])[] = [
  ["CLOUDTASER_SCORE_CHECKS", "['active']"],
  ["CLOUDTASER_AGENT_SOCKET", "[variables.agentPath]"],
  ["CLOUDTASER_AGENT_UID", "[variables.agentUid]"],
  ["VAULT_SKIP_VERIFY", "['false']"],
  ["BAO_SKIP_VERIFY", "['false']"],
];

/** Those that `envFrom` could set unseen. An alias that differs from its setting ends the start. */
const UNSEEN = [
  "CLOUDTASER_SCORE_CHECKS",
  "CLOUDTASER_AGENT_SOCKET",
  "CLOUDTASER_AGENT_UID",
  "VAULT_SKIP_VERIFY",
];

const WRAPPED = line(`variables.targets.filter(c, ${IS_WRAPPED})`);

/** The variables `name` of `c` for which `condition` holds for `e`. */
function entries(name: string, condition = "true"): string {
  return `${ENV}.filter(e, e.name == '${name}' && ${condition})`;
}

/** What stands in the manifest, for a message: only a number is shown, as text may be a secret or forge lines. */
const SHOWN =
  `(has(e.valueFrom) ? 'comes from a reference that the API server cannot see' :
  has(e.value) && e.value.matches('^[0-9]{1,3}$') ? 'is "' + e.value + '"' : 'is not a number')`;

const IS_ENOUGH = `(has(e.value) && e.value.matches(${
  pattern("^[0-9]{1,3}$")
}) && int(e.value) >= int(variables.minimumScore))`;

/** Checks that `e` does not name; the wrapper separates names by commas and blanks. */
const LACKING =
  `variables.requiredChecks.split(',').filter(name, !(has(e.value) && name in e.value.replace(' ', ',').split(',')))`;

/** In the order of their findings. */
export const SETTING_RULES: readonly Rule[] = [
  rule(
    "lowMinimum",
    "a minimum score below the namespace's, missing, or by a reference that cannot be seen",
    `${WRAPPED}.filter(c, !variables.isTemplate && size(${
      entries(MINIMUM)
    }) == 0).map(c,
      'container ' + c.name + ': ${MINIMUM} is not set; set it to at least ' + variables.minimumScore)
     + ${WRAPPED}.map(c, {'name': dyn(c.name), 'low': dyn(${
      entries(MINIMUM, `!${IS_ENOUGH}`)
    }.map(e, ${SHOWN}))}).filter(found, size(found.low) > 0).map(found,
      'container ' + found.name + ': ${MINIMUM} ' + found.low[0] + ', and the namespace requires at least ' +
      variables.minimumScore + '; remove it or raise it')`,
  ),
  rule(
    "lackingChecks",
    "required checks that lack one of the namespace's",
    `variables.requiredChecks == '' ? [] : ${WRAPPED}.map(c, {'name': dyn(c.name), 'lacking': dyn(
        size(${
      entries(REQUIRED)
    }) == 0 ? (variables.isTemplate ? [] : [variables.requiredChecks]) : ${
      entries(REQUIRED, `size(${LACKING}) > 0`)
    }.map(e, ${LACKING}.join(', ')))})
      .filter(found, size(found.lacking) > 0).map(found, 'container ' + found.name + ': ${REQUIRED} lacks ' + found.lacking[0] +
        ', which the namespace requires; add it, or remove the variable')`,
  ),
  rule(
    "fixedSettings",
    "a setting that weakens the score, the agent or TLS: its score checks, its agent's socket or user, `VAULT_SKIP_VERIFY`",
    `${WRAPPED}.map(c, {'name': dyn(c.name), 'wrong': dyn([${
      FIXED.map(([name, values]) =>
        `{'name': dyn('${name}'), 'values': dyn(${values})}`
      ).join(", ")
    }]
        .filter(s, ${ENV}.exists(e, e.name == s.name && !(has(e.value) && e.value in s.values))).map(s, s.name))})
      .filter(found, size(found.wrong) > 0).map(found, 'container ' + found.name + ' sets ' + found.wrong.join(', ') +
        ': remove it, the namespace decides')`,
  ),
  rule(
    "encryption",
    "a `VAULT_ADDR` without TLS where the namespace's has it, or by a reference that cannot be seen",
    `!variables.vaultAddr.startsWith('https://') ? [] : ${WRAPPED}.filter(c, ${ENV}.exists(e, e.name in ['VAULT_ADDR', 'BAO_ADDR'] &&
      !(has(e.value) && e.value.matches(${
      pattern("^(?:https|unix)://[^, ]+$")
    })))).map(c, 'container ' + c.name +
      ': VAULT_ADDR (or BAO_ADDR) must be https://HOST:PORT as text, for tokens and secrets pass there; remove it, the namespace has an address')`,
  ),
  rule(
    "unseenSettings",
    "such a setting that `envFrom` could set unseen (without injection only, which sets them all)",
    `${WRAPPED}.filter(c, !variables.isTemplate && has(c.envFrom)).map(c, {'name': dyn(c.name), 'unset': dyn(${
      list(UNSEEN)
    }
        .filter(name, !${ENV}.exists(e, e.name == name)))})
      .filter(found, size(found.unset) > 0).map(found, 'container ' + found.name + ': envFrom could set ' + found.unset.join(', ') +
        ', which the API server cannot see; set them by env')`,
  ),
  rule(
    "interposition",
    "a weaker `CLOUDTASER_INTERPOSE` than the namespace's",
    `variables.interpose == 'off' ? [] : ${WRAPPED}.filter(c, (!variables.isTemplate && size(${
      entries(INTERPOSE)
    }) == 0) || size(${
      entries(
        INTERPOSE,
        `!(has(e.value) && (e.value == 'require' || e.value == variables.interpose))`,
      )
    }) > 0).map(c,
      'container ' + c.name + ': ${INTERPOSE} must be ' + variables.interpose + '; remove it or set it to that')`,
  ),
];
