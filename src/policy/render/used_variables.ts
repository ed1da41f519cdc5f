/** The variables that expressions need, directly or through others. */
import type { Variable } from "../rules/cel.ts";

/** In the order of `all`, where each stands below what it uses. */
export function usedVariables(
  expressions: readonly string[],
  all: readonly Variable[],
): Variable[] {
  const known = new Map(all.map((one) => [one.name, one]));
  const used = new Set<string>();
  const visit = (expression: string): void => {
    for (const [, name = ""] of expression.matchAll(/\bvariables\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      const found = known.get(name);
      if (!found) throw new TypeError(`no variable ${name}`);
      visit(found.expression);
    }
  };
  expressions.forEach(visit);
  return all.filter(({ name }) => used.has(name))
    .map(({ name, expression }) => ({ name, expression }));
}
