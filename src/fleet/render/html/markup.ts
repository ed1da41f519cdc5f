/**
 * HTML templates that escape every value, except for the output of another
 * template. Pages show text from pods, which may contain HTML.
 */

/** Trusted HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template. */
export type MarkupValue = string | number | Markup | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Template tag. Attributes must be quoted. */
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

/** Empty markup. */
export const NOTHING: Markup = new Markup("");

function render(value: MarkupValue): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") {
    return value.map(({ text }) => text).join("");
  }
  return String(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
}
