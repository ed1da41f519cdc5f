/** Variables that describe the pod: injection and every rule use them. */
import { items, pattern, type Variable, variable } from "./cel.ts";
import {
  EXEMPT_ANNOTATION,
  INIT_ANNOTATION,
  INSTALL_CONTAINER,
  WRAPPER,
} from "./names.ts";

/** True for a container that the wrapper starts, with the application's command line behind `--`. */
export function isWrapped(container: string): string {
  return `(has(${container}.command) && size(${container}.command) > 1 &&
    ${container}.command[0] == '${WRAPPER}' && ${container}.command[1] == '--' &&
    (size(${container}.command) > 2 || has(${container}.args)))`;
}

/** True for a container that starts a wrapper from somewhere, or this one with flags. */
export function startsWrapper(container: string): string {
  return `(has(${container}.command) && size(${container}.command) > 0 &&
    ${container}.command[0].matches(${pattern("(^|/)cloudtaser-wrapper$")}))`;
}

/** `word` is an image, or the start of one with a `*` behind it. */
const IMAGE_MATCHES =
  `image == word || (word.endsWith('*') && image.startsWith(word.substring(0, size(word) - 1)))`;

/** What they need: the parameters' variables. */
export const POD_VARIABLES: readonly Variable[] = [
  variable(
    "annotations",
    "has(object.metadata.annotations) ? object.metadata.annotations : dyn({})",
  ),
  variable(
    "account",
    `has(object.spec.serviceAccountName) && object.spec.serviceAccountName != ''
      ? object.spec.serviceAccountName : 'default'`,
  ),
  variable("allInits", items("object.spec", "initContainers")),
  variable(
    "inits",
    `variables.allInits.filter(c, c.name != '${INSTALL_CONTAINER}')`,
  ),
  variable(
    "wantedInits",
    `'${INIT_ANNOTATION}' in variables.annotations
      ? variables.annotations['${INIT_ANNOTATION}'].split(',').map(name, name.trim()).filter(name, name != '') : []`,
  ),
  variable(
    "images",
    "object.spec.containers.map(c, c.image) + variables.inits.map(c, c.image)",
  ),
  variable(
    "exemption",
    `'${EXEMPT_ANNOTATION}' in variables.annotations ? variables.annotations['${EXEMPT_ANNOTATION}'] : ''`,
  ),
  variable(
    "exemptStart",
    "variables.exemption + ' ' + variables.account + ' '",
  ),
  variable(
    "isExempt",
    `variables.exemption.matches('^[a-z0-9-]+$') &&
      variables.exemptions.replace('\\n', ';').split(';').map(entry, entry.trim())
        .filter(entry, entry.startsWith(variables.exemptStart))
        .map(entry, entry.substring(size(variables.exemptStart)).split(' '))
        .exists(words, variables.images.all(image, words.exists(word, ${IMAGE_MATCHES})))`,
  ),
];
