/**
 * HTML that cannot be forged: a template whose values are escaped unless they
 * came out of such a template themselves. What pods answer ends up in here.
 */

/** HTML that was made here. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template. */
export type MarkupValue = string | number | Markup | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The tag of all templates. Attributes must be quoted in them. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly MarkupValue[]
): Markup {
  const parts = strings.map((text, index) => {
    const value = values[index];
    return value === undefined ? text : text + render(value);
  });
  return new Markup(parts.join(""));
}

/** Nothing. */
export const NOTHING: Markup = new Markup("");

function render(value: MarkupValue): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") {
    return value.map(({ text }) => text).join("");
  }
  return String(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
}
