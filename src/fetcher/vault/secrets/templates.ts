/** The templates of a plan. Their program is loaded only if there is one. */
import { ConfigError } from "@/base/errors.ts";
import type {
  compileTemplate,
  Refused,
  Template,
} from "@/fetcher/template/compile.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";

/** By the template's text. */
export type Templates = ReadonlyMap<string, Template>;

/** Loads the program; the fetcher's serve.ts knows where it is. */
export type LoadTemplates = () => Promise<{
  readonly compileTemplate: typeof compileTemplate;
}>;

/**
 * Compiles all templates of a plan, before any request.
 *
 * @throws ConfigError for a template that is wrong or not supported
 */
export async function compileTemplates(
  { deliveries }: Plan,
  load: LoadTemplates,
): Promise<Templates> {
  const compiled = new Map<string, Template>();
  const wanted = deliveries.flatMap(({ name, parts }) =>
    parts.flatMap((part) => "template" in part ? [[name, part] as const] : [])
  );
  if (wanted.length === 0) return compiled;
  const program = await load();
  for (const [name, { template }] of wanted) {
    const result = program.compileTemplate(template);
    if ("refused" in result) throw explainRefusal(name, template, result);
    compiled.set(template, result);
  }
  return compiled;
}

/** The error for a template that cannot be compiled, or cannot be evaluated. */
export function explainRefusal(
  name: string,
  template: string,
  { refused }: Refused,
): ConfigError {
  const shown = template.length > 60 ? `${template.slice(0, 60)}…` : template;
  return new ConfigError(
    `${name}: the template ${
      JSON.stringify(shown)
    } ${refused}; docs/MIGRATION.md lists what templates can do`,
  );
}
