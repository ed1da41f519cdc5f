/** Rules: secrets are references, and what reads a reference is started by the wrapper. */
import { pattern } from "./cel.ts";
import { ENV, IS_WRAPPED, type Rule, rule } from "./rule.ts";

const REFERENCE = pattern(
  "^(?:>>)?(?:vault|bao):|[$][{](?:>>)?(?:vault|bao):",
);
/** A whole reference with its field, a ciphertext of transit, or references in a text. */
const COMPLETE = pattern(
  "^(?:>>)?(?:vault|bao):(?:v[0-9]+:|[^#]+#)|[$][{](?:>>)?(?:vault|bao):",
);
/** A write whose data has a member that is named like a secret. */
const WRITES_SECRET = pattern(
  '^>>(?:vault|bao):.*"(?i:[^"]*(?:password|passwd|_pwd|secret|token|api_?key|private_key|access_key|credential))" *: *"',
);
/** `$(NAME)` is another variable; a word of two letters or a truth value is a switch. */
const HARMLESS = pattern("^(?:[$][(][^()]+[)]|true|false|yes|no|on|off)?$");
const URL_WITH_PASSWORD = pattern(
  "^[A-Za-z][A-Za-z0-9+.-]*://[^/?#:@ ]*:(?:[^/?#@ $]|[$][^{(/?#@ ])+@",
);
/** One expression for all patterns of the parameter. */
const NAMES =
  `'^(?:' + variables.secretPatterns.upperAscii().replace('.', '[.]').replace('*', '.*').replace(',', '|') + ')$'`;

/** The variable `e` holds a value that looks like a secret. Settings of the wrapper name paths, and files are named by paths. */
const IS_LITERAL = `has(e.value) && (e.value.matches(${URL_WITH_PASSWORD}) ||
  e.value.matches(${WRITES_SECRET}) || (!e.value.matches(${COMPLETE}) && !e.value.matches(${HARMLESS}) && !e.name.startsWith('CLOUDTASER_') &&
    !e.name.upperAscii().endsWith('_FILE') && e.name.upperAscii().matches(${NAMES})))`;

/** In the order of their findings. */
export const SECRET_RULES: readonly Rule[] = [
  rule(
    "unreadReferences",
    "a reference in a container that the wrapper does not start: it would get the reference itself",
    `variables.everyContainer.filter(c, !${IS_WRAPPED} &&
      ${ENV}.exists(e, has(e.value) && e.value.matches(${REFERENCE})) &&
      !variables.targets.exists(t, t.name == c.name)).map(c, 'container ' + c.name + ' has a reference in ' +
        c.env.filter(e, has(e.value) && e.value.matches(${REFERENCE})).map(e, e.name).join(', ') +
        ' and is not started by cloudtaser-wrapper; name it in annotation cloudtaser.io/inject-init-containers, or remove the reference')`,
  ),
  rule(
    "literals",
    "a value that looks like a secret, by its variable's name, or a URL with a password",
    `variables.everyContainer.map(c, {'name': dyn(c.name), 'names': dyn(${ENV}.filter(e, ${IS_LITERAL}).map(e, e.name))})
      .filter(found, size(found.names) > 0).map(found, 'container ' + found.name + ' has a value that looks like a secret in ' +
        found.names.join(', ') + ': use a reference such as vault:secret/data/app#password, or a secretKeyRef')`,
    "literalSecrets",
  ),
];
